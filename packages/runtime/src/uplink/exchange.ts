import { type BatchAnswer, batchAnswerSchema } from '@watchpost/contracts/agents/agent-wire';
import { BATCH_HEADER } from '@watchpost/contracts/protocol';
import type { ServerAnswer, ServerConnection } from '../http-client/server-connection.ts';
import { parseJson, retryAfterMs, statedError } from '../http-client/server-error.ts';
import type { Batch } from '../spool/spool-types.ts';
import { compressBody } from './compress-body.ts';

/** What became of one delivery. */
export type Delivery =
  | { readonly kind: 'acknowledged'; readonly answer: BatchAnswer }
  /** The server is away, busy or broken: the same again later. `pauseMs` null: as the back-off says. */
  | { readonly kind: 'later'; readonly why: string; readonly pauseMs: number | null }
  /** The server does not accept this agent, its protocol, or its address: a person must act. */
  | { readonly kind: 'rejected'; readonly why: string }
  /** The batch itself is not accepted. `isStated`: Watchpost itself says so, not something in between. */
  | { readonly kind: 'bad-batch'; readonly why: string; readonly isStated: boolean };

/** Part of a batch that is sent on its own. */
export type Parcel = Pick<Batch, 'epoch' | 'first' | 'last' | 'lines' | 'sequences' | 'count'>;

/** Sends records and reads the answer. Never rejects. */
export async function deliver(
  connection: ServerConnection,
  parcel: Parcel,
  options: { readonly path: string; readonly timeoutMs: number; readonly maxAnswerBytes: number; readonly signal: AbortSignal },
): Promise<Delivery> {
  try {
    const body = await compressBody(Buffer.concat(parcel.lines));
    const answer = await connection.request({
      method: 'POST',
      path: options.path,
      headers: {
        'content-type': 'application/x-ndjson',
        'content-encoding': 'zstd',
        [BATCH_HEADER]: `${parcel.epoch}:${parcel.first}-${parcel.last}`,
      },
      body,
      timeoutMs: options.timeoutMs,
      maxAnswerBytes: options.maxAnswerBytes,
      signal: options.signal,
    });
    return classify(answer, parcel);
  } catch (error) {
    return { kind: 'later', why: error instanceof Error ? error.message : String(error), pauseMs: null };
  }
}

function classify(answer: ServerAnswer, parcel: Parcel): Delivery {
  const { status } = answer;
  const stated = statedError(answer);
  const why = stated === null ? `the server answered with status ${status}` : `${stated.code}: ${stated.message}`.slice(0, 500);
  if (status >= 200 && status <= 299) {
    const parsed = batchAnswerSchema.safeParse(parseJson(answer.body));
    if (!parsed.success) return { kind: 'later', why: 'the answer of the server cannot be understood', pauseMs: null };
    const { acknowledged } = parsed.data;
    if (acknowledged < parcel.first || acknowledged > parcel.last) {
      return { kind: 'later', why: `the server acknowledged ${acknowledged}, not ${parcel.first}-${parcel.last}`, pauseMs: null };
    }
    return { kind: 'acknowledged', answer: parsed.data };
  }
  if (status === 400 || status === 413) return { kind: 'bad-batch', why, isStated: stated !== null };
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    return { kind: 'later', why, pauseMs: status === 429 || status === 503 ? retryAfterMs(answer) : null };
  }
  return { kind: 'rejected', why };
}

/** Cuts a parcel in two, each with the sequences up to the next line; a single line cannot be cut. */
export function halve(parcel: Parcel): readonly [Parcel, Parcel] | null {
  const middle = Math.ceil(parcel.count / 2);
  const cut = parcel.sequences[middle];
  if (parcel.count < 2 || cut === undefined) return null;
  const { epoch, first, last, lines, sequences } = parcel;
  return [
    { epoch, first, last: cut - 1, lines: lines.slice(0, middle), sequences: sequences.slice(0, middle), count: middle },
    { epoch, first: cut, last, lines: lines.slice(middle), sequences: sequences.slice(middle), count: parcel.count - middle },
  ];
}
