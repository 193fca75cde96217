import { AppError } from '@watchpost/contracts/errors/app-error';

export type BatchRange = { readonly epoch: number; readonly first: number; readonly last: number };

/** Reads `<epoch>:<first>-<last>`. Throws `bad-batch`. */
export function parseBatchHeader(value: string | readonly string[] | undefined): BatchRange {
  const match = typeof value === 'string' ? /^(\d{1,16}):(\d{1,16})-(\d{1,16})$/.exec(value) : null;
  const [epoch, first, last] = (match?.slice(1) ?? []).map(Number);
  if (
    epoch === undefined ||
    first === undefined ||
    last === undefined ||
    first < 1 ||
    last < first ||
    !Number.isSafeInteger(last)
  ) {
    const issue = { field: 'watchpost-batch', value: String(value).slice(0, 100), rule: 'must be <epoch>:<first>-<last>' };
    throw new AppError('bad-batch', undefined, { issues: [issue] });
  }
  return { epoch, first, last };
}
