import { Agent, request } from 'node:http';
import { batchAnswerSchema, enrolResponseSchema } from '@watchpost/contracts/agents/agent-wire';
import type { BatchAnswer, EnrolResponse } from '@watchpost/contracts/agents/agent-wire';
import type { EnrolmentToken } from '@watchpost/contracts/api/fleet';
import { BATCH_HEADER, PROTOCOL_HEADER, PROTOCOL_VERSION } from '@watchpost/contracts/protocol';
import { compressBody } from '@watchpost/runtime/uplink/compress-body';
import type { ApiClient } from './api-client.ts';

const REQUEST_TIMEOUT_MS = 60_000;

/** Enrols an agent of a vantage point as `watchpost enrol` does, without running it. */
export async function enrolAgent(client: ApiClient, vantage: string, name = 'test agent'): Promise<EnrolResponse> {
  const { token } = await client.json<EnrolmentToken>('POST', '/agents/enrolment-tokens', { vantage });
  const body = { token, kind: 'probe', vantage, name, version: '0.1.0', protocol: PROTOCOL_VERSION };
  return enrolResponseSchema.parse(await client.json('POST', '/agents/enrol', body));
}

export type EncodedBatch = { readonly epoch: number; readonly first: number; readonly last: number; readonly body: Buffer };

/** NDJSON and zstd, by the function the uplink uses. The records are in the order of their sequences, without a gap. */
export async function encodeBatch(epoch: number, records: readonly { readonly sequence: number }[]): Promise<EncodedBatch> {
  const lines = records.map((record) => `${JSON.stringify(record)}\n`).join('');
  const body = await compressBody(Buffer.from(lines));
  return { epoch, first: records[0]?.sequence ?? 0, last: records.at(-1)?.sequence ?? 0, body };
}

export type SendAnswer = {
  readonly status: number;
  readonly retryAfterMs: number;
  readonly answer: BatchAnswer | null;
  readonly text: string;
};

/** Sends batches of one agent over kept connections. */
export function createBatchSender(
  serverUrl: string,
  key: string,
  path = '/api/v1/agents/self/results',
): { readonly send: (batch: EncodedBatch) => Promise<SendAnswer>; readonly close: () => void } {
  const agent = new Agent({ keepAlive: true });
  const send = ({ epoch, first, last, body }: EncodedBatch) =>
    new Promise<SendAnswer>((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${key}`,
        'content-type': 'application/x-ndjson',
        'content-encoding': 'zstd',
        'content-length': body.length,
        [BATCH_HEADER]: `${epoch}:${first}-${last}`,
        [PROTOCOL_HEADER]: String(PROTOCOL_VERSION),
      };
      const call = request(`${serverUrl}${path}`, {
        method: 'POST',
        agent,
        headers,
        timeout: REQUEST_TIMEOUT_MS,
      });
      call.on('error', reject).on('timeout', () => call.destroy(new Error('the server did not answer')));
      call.on('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('error', reject).on('end', () => {
          const status = response.statusCode ?? 0;
          const retryAfterMs = Number(response.headers['retry-after'] ?? 0) * 1000;
          resolve({ status, retryAfterMs, answer: status === 200 ? batchAnswerSchema.parse(JSON.parse(text)) : null, text });
        });
      });
      call.end(body);
    });
  return { send, close: () => agent.destroy() };
}
