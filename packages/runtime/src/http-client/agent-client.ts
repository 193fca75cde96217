import {
  type AgentConfig,
  agentConfigSchema,
  type AgentStatus,
  type GapReport,
  type TestReport,
} from '@watchpost/contracts/agents/agent-wire';
import { type RecorderStatus, recorderStatusAnswerSchema } from '@watchpost/contracts/agents/recorder-wire';
import { AppError } from '@watchpost/contracts/errors/app-error';
import { WIRE_LIMITS } from '@watchpost/contracts/protocol';
import { type Clock, systemClock } from '../clock/clock.ts';
import { createServerConnection, type ServerAnswer, type ServerConnectionOptions } from './server-connection.ts';
import { answerError, parseJson } from './server-error.ts';

/** Settings as they came, with what they say about the clocks. */
export type FetchedConfig = {
  readonly etag: string;
  readonly config: AgentConfig;
  /** Time of this machine minus time of the server, ms, with the error of half the exchange; null: not measurable. */
  readonly clockOffsetMs: number | null;
};

/** What an agent asks of its server, besides sending records. All calls reject with AppError. */
export type AgentClient = {
  /** Waits up to `waitS` at the server for settings other than `etag`. Null: nothing changed. */
  readonly getConfig: (etag: string | null, waitS: number, signal?: AbortSignal) => Promise<FetchedConfig | null>;
  readonly postStatus: (status: AgentStatus, signal?: AbortSignal) => Promise<void>;
  /** Gives the time of this machine minus that of the server, ms; null: the exchange took too long to tell. */
  readonly postRecorderStatus: (status: RecorderStatus, signal?: AbortSignal) => Promise<number | null>;
  readonly postGaps: (gaps: readonly GapReport[], signal?: AbortSignal) => Promise<void>;
  readonly postRecorderGaps: (gaps: readonly GapReport[], signal?: AbortSignal) => Promise<void>;
  readonly postTest: (testId: string, report: TestReport, signal?: AbortSignal) => Promise<void>;
  readonly close: () => void;
};

const LIMITS = { timeoutMs: 15_000, configBytes: 64 * 1024 * 1024, answerBytes: 1024 * 1024 };
/** An exchange longer than this was a long poll that waited: it says nothing about the clocks. */
const CLOCK_EXCHANGE_MS = 5_000;
const OWN_PATH = '/api/v1/agents/self';

export function createAgentClient(
  options: Omit<ServerConnectionOptions, 'key'> & { readonly key: string; readonly clock?: Clock },
): AgentClient {
  const clock = options.clock ?? systemClock;
  const connection = createServerConnection(options);

  const exchange = async (request: Parameters<typeof connection.request>[0]): Promise<ServerAnswer> => {
    try {
      return await connection.request(request);
    } catch (error) {
      throw new AppError('unavailable', error instanceof Error ? error.message : String(error), { cause: error });
    }
  };

  const post = async (path: string, value: unknown, signal: AbortSignal | undefined): Promise<ServerAnswer> => {
    const answer = await exchange({
      method: 'POST',
      path: `${OWN_PATH}${path}`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(value),
      timeoutMs: LIMITS.timeoutMs,
      maxAnswerBytes: LIMITS.answerBytes,
      ...(signal === undefined ? {} : { signal }),
    });
    if (answer.status < 200 || answer.status > 299) throw answerError(answer);
    return answer;
  };

  const getConfig = async (etag: string | null, waitS: number, signal?: AbortSignal): Promise<FetchedConfig | null> => {
    const wait = Math.min(Math.max(Math.trunc(waitS), 0), WIRE_LIMITS.configWaitS);
    const startedAt = clock.wallMs();
    const startedUs = clock.monotonicUs();
    const answer = await exchange({
      method: 'GET',
      path: `${OWN_PATH}/config?wait=${wait}`,
      headers: etag === null ? {} : { 'if-none-match': etag },
      timeoutMs: wait * 1_000 + LIMITS.timeoutMs,
      maxAnswerBytes: LIMITS.configBytes,
      ...(signal === undefined ? {} : { signal }),
    });
    if (answer.status === 304) return null;
    if (answer.status !== 200) throw answerError(answer);
    const config = agentConfigSchema.safeParse(parseJson(answer.body));
    if (!config.success)
      throw new AppError('unavailable', 'the settings of the server cannot be understood', { cause: config.error });
    const tookMs = (clock.monotonicUs() - startedUs) / 1_000;
    const clockOffsetMs = tookMs > CLOCK_EXCHANGE_MS ? null : Math.round(startedAt + tookMs / 2 - config.data.serverTime);
    return { etag: answer.headers.etag ?? '', config: config.data, clockOffsetMs };
  };

  return {
    getConfig,
    postStatus: async (status, signal) => {
      await post('/status', status, signal);
    },
    postRecorderStatus: async (status, signal) => {
      const startedAt = clock.wallMs();
      const startedUs = clock.monotonicUs();
      const answer = recorderStatusAnswerSchema.safeParse(parseJson((await post('/recorder-status', status, signal)).body));
      const tookMs = (clock.monotonicUs() - startedUs) / 1_000;
      if (!answer.success || tookMs > CLOCK_EXCHANGE_MS) return null;
      return Math.round(startedAt + tookMs / 2 - answer.data.serverTime);
    },
    postGaps: async (gaps, signal) => {
      await post('/gaps', gaps, signal);
    },
    postRecorderGaps: async (gaps, signal) => {
      await post('/recorder-gaps', gaps, signal);
    },
    postTest: async (testId, report, signal) => {
      await post(`/tests/${encodeURIComponent(testId)}`, report, signal);
    },
    close: () => connection.close(),
  };
}
