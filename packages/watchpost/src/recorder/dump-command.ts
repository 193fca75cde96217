import { dumpSpool } from '@watchpost/recorder/dump/dump';
import { shellSpool } from '@watchpost/recorder/hooks/hook-files';
import { createLog } from '@watchpost/runtime/log/log';
import { readArguments } from '../arguments/read-arguments.ts';

/** `watchpost recorder dump`: what the shells of this machine wrote. */
export async function dumpCommand(args: readonly string[]): Promise<number> {
  const { values } = readArguments({
    args: [...args],
    options: { follow: { type: 'boolean' }, json: { type: 'boolean' }, 'shell-spool': { type: 'string' } },
    allowPositionals: false,
  });
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const print = (line: Record<string, unknown>): void => {
    process.stdout.write(values.json === true ? `${JSON.stringify(line)}\n` : `${textOf(line)}\n`);
  };
  await dumpSpool({
    dir: values['shell-spool'] ?? shellSpool(process.env),
    isFollowing: values.follow === true,
    print,
    log: createLog({ name: 'watchpost-recorder', level: 'warn' }),
    signal: stop.signal,
  });
  return 0;
}

/** A line for people: control characters are shown, not sent to the terminal. */
function textOf(line: Record<string, unknown>): string {
  const at = typeof line['at'] === 'number' ? new Date(line['at'] / 1_000).toISOString() : '';
  const what =
    [line['text'], line['exitCode'], line['cause']].find((value) => typeof value === 'string' || typeof value === 'number') ?? '';
  const hidden = typeof line['hidden'] === 'string' ? ` [${line['hidden']}]` : '';
  // oxlint-disable-next-line no-control-regex -- these are what must not reach the terminal
  const safe = String(what).replaceAll(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/g, (character) =>
    JSON.stringify(character).slice(1, -1),
  );
  return `${at} ${String(line['shell'])}.${String(line['pid'])} uid=${String(line['uid'])} ${String(line['kind'])}${hidden} ${safe}`;
}
