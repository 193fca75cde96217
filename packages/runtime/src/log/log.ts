import { type DestinationStream, destination, type Logger, pino, stdSerializers } from 'pino';

/** JSON lines: a constant sentence and fields. error: a person must act; warn: degraded but handled. */
export type Log = Logger;

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** Names of fields whose values never reach the log, at the top and one level down. */
const SECRET_FIELDS = ['password', 'secret', 'token', 'key', 'apiKey', 'authorization', 'cookie', 'set-cookie'];

/**
 * Creates the log of a process. Lines go to standard error unless `destination` says otherwise; time is ISO 8601.
 * They are written at once (not buffered), so that the last words of a dying process are there.
 */
export function createLog(options: {
  readonly name: string;
  readonly level?: LogLevel;
  readonly destination?: DestinationStream;
}): Log {
  const paths = SECRET_FIELDS.flatMap((field) => [`["${field}"]`, `*["${field}"]`]);
  return pino(
    {
      name: options.name,
      level: options.level ?? 'info',
      redact: { paths, censor: '(hidden)' },
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: stdSerializers.err, error: stdSerializers.err },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
    },
    options.destination ?? destination({ dest: 2, sync: true }),
  );
}
