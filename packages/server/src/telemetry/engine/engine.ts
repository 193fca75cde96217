import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import {
  type ClickHouseClient,
  ClickHouseError,
  ClickHouseLogLevel,
  type ClickHouseSettings,
  createClient,
} from '@clickhouse/client';
import { AppError } from '@watchpost/contracts/errors/app-error';
import type { Log } from '@watchpost/runtime/log/log';
import { ENGINE_SECRET_HEADER } from './engine-config.ts';
import { type Columns, readNative } from './native-columns.ts';
import { startPrivateEngine } from './private-engine.ts';

const LIMITS = {
  connections: 24,
  requestMs: 120_000,
  /** Time one query may take, s. */
  querySeconds: 60,
  /** Memory one query may use, bytes; grouping and sorting go to disk long before. */
  queryMemory: 300_000_000,
  spillBytes: 100_000_000,
} as const;

/** Values bound to `{name:Type}` places of a query. They are never part of the text. */
export type QueryParameters = Readonly<Record<string, unknown>>;

/** SQL over HTTP, the same for the private engine and for a ClickHouse of one's own. All methods reject with `AppError`. */
export type Engine = {
  /** Rows as objects. 64-bit integers come as numbers. */
  rows<Row>(sql: string, parameters?: QueryParameters, settings?: ClickHouseSettings): Promise<Row[]>;
  /**
   * Whole columns, as they lie in the engine: a tenth of the work of rows when there are many. `sql` ends in no FORMAT. The
   * numbers that `read` gets are there only until it returns.
   */
  columns<Value>(sql: string, parameters: QueryParameters, read: (columns: Columns) => Value): Promise<Value>;
  /** Rows as they come, without holding them all. */
  stream<Row>(sql: string, parameters?: QueryParameters): AsyncIterable<Row>;
  command(sql: string, parameters?: QueryParameters, settings?: ClickHouseSettings): Promise<void>;
  /** `sql` is an `INSERT … FORMAT RowBinary`; resolves when the rows are durable. */
  insert(sql: string, body: Buffer, options: { readonly queryId: string; readonly settings: ClickHouseSettings }): Promise<void>;
  ping(): Promise<boolean>;
  /** True: the engine belongs to this process alone. */
  readonly isPrivate: boolean;
  /** Process id of a private engine. */
  pid(): number | null;
  close(): Promise<void>;
};

const settings: ClickHouseSettings = {
  output_format_json_quote_64bit_integers: 0,
  max_execution_time: LIMITS.querySeconds,
  max_memory_usage: String(LIMITS.queryMemory),
  max_bytes_before_external_group_by: String(LIMITS.spillBytes),
  max_bytes_before_external_sort: String(LIMITS.spillBytes),
  max_threads_min_free_memory_per_thread: '0',
  cancel_http_readonly_queries_on_client_close: 1,
  session_timezone: 'UTC',
  async_insert: 0,
  // Compiling takes most of a second, again and again since the cache is small: more than it saves here.
  compile_expressions: 0,
  compile_aggregate_expressions: 0,
  compile_sort_description: 0,
  // `sum(up) AS up`: the inner name is the column.
  prefer_column_name_to_alias: 1,
  do_not_merge_across_partitions_select_final: 1,
};

/** Opens a ClickHouse: at `url` when one is configured, else a private one over `dir`. */
export async function openEngine(options: {
  readonly dir: string;
  readonly url?: string | undefined;
  readonly log: Log;
}): Promise<Engine> {
  const own = options.url === undefined ? await startPrivateEngine({ dir: resolve(options.dir), log: options.log }) : null;
  let current: { readonly address: string; readonly client: ClickHouseClient } | null = null;

  const client = (): ClickHouseClient => {
    const address = own === null ? options.url : own.address();
    if (address === undefined || address === null) throw unavailable(new Error('the engine is being started again'));
    if (current?.address === address) return current.client;
    void current?.client.close();
    current = {
      address,
      client: createClient({
        url: address,
        max_open_connections: LIMITS.connections,
        request_timeout: LIMITS.requestMs,
        keep_alive: { enabled: true },
        log: { level: ClickHouseLogLevel.OFF },
        http_headers: own === null ? {} : { [ENGINE_SECRET_HEADER]: own.secret },
        clickhouse_settings: settings,
      }),
    };
    return current.client;
  };

  return {
    isPrivate: own !== null,
    pid: () => own?.pid() ?? null,
    rows: <Row>(query: string, parameters: QueryParameters = {}, extra: ClickHouseSettings = {}) =>
      translated(async () => {
        const answer = await client().query({
          query,
          query_params: parameters,
          format: 'JSONEachRow',
          clickhouse_settings: extra,
        });
        return await answer.json<Row>();
      }),
    columns: (query, parameters, read) =>
      translated(async () => {
        const answer = await client().exec({ query: `${query} FORMAT Native`, query_params: parameters });
        return readNative(await answer.stream.toArray(), read);
      }),
    stream: async function* <Row>(query: string, parameters: QueryParameters = {}) {
      const answer = await translated(() => client().query({ query, query_params: parameters, format: 'JSONEachRow' }));
      for await (const rows of answer.stream<Row>()) {
        for (const row of rows) yield row.json<Row>();
      }
    },
    command: (query, parameters = {}, extra = {}) =>
      translated(async () => {
        await client().command({ query, query_params: parameters, clickhouse_settings: { wait_end_of_query: 1, ...extra } });
      }),
    insert: (query, body, { queryId, settings: extra }) =>
      translated(async () => {
        const answer = await client().exec({
          query,
          query_id: queryId,
          values: Readable.from([body], { objectMode: false }),
          clickhouse_settings: { wait_end_of_query: 1, ...extra },
        });
        await answer.stream.toArray();
      }),
    ping: async () => {
      try {
        return (await client().ping()).success;
      } catch {
        return false;
      }
    },
    close: async () => {
      // Idle connections would delay the end of the engine by seconds.
      await current?.client.close();
      await own?.close();
    },
  };
}

async function translated<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof AppError ? error : unavailable(error);
  }
}

/** ClickHouse codes that are faults of our own SQL rather than of the moment. */
const PROGRAM_FAULTS: ReadonlySet<string> = new Set(['46', '47', '53', '60', '62', '215', '386']);

function unavailable(cause: unknown): AppError {
  if (cause instanceof ClickHouseError && PROGRAM_FAULTS.has(cause.code)) {
    return new AppError('internal', 'the storage engine refused a query', { cause });
  }
  return new AppError('unavailable', 'the storage engine cannot answer now', { cause, retryAfterS: 5 });
}
