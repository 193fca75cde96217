import { execFile } from 'node:child_process';

const TIMEOUT_MS = 15_000;
const MAX_OUTPUT_BYTES = 65_536;

/** What `curl -w '%{json}'` says of one request; null when the machine has no curl. Rejects when it fails. */
export function runCurl(url: string): Promise<Readonly<Record<string, unknown>> | null> {
  const args = [
    '--silent',
    '--show-error',
    '--location',
    '--max-redirs',
    '5',
    '--noproxy',
    '*',
    '--output',
    '/dev/null',
    '--write-out',
    '%{json}',
    '--',
    url,
  ];
  return new Promise((resolve, reject) => {
    execFile(
      'curl',
      args,
      { timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES, env: { ...process.env, LC_ALL: 'C' } },
      (error, stdout) => {
        if (error !== null && 'code' in error && error.code === 'ENOENT') return resolve(null);
        if (error !== null) return reject(error);
        try {
          resolve(JSON.parse(stdout) as Record<string, unknown>);
        } catch (cause) {
          reject(new Error('curl printed something else than JSON', { cause }));
        }
      },
    );
  });
}
