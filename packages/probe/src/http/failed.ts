import type { ErrorCode } from '@watchpost/contracts/results/error-codes';
import type { Failure } from '../probers/prober.ts';

/** Ends a measurement from within; the prober turns it into its result, it never leaves the prober. */
export class Failed extends Error {
  override readonly name = 'Failed';
  readonly failure: Failure;

  constructor(code: ErrorCode, text: string) {
    super(text);
    this.failure = { code, text };
  }
}
