import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTempDir } from '@watchpost/testkit/temp-dir';
import { startWatchpost } from '@watchpost/testkit/watchpost-process';
import { expect, test } from 'vitest';
import { RECORDER_MALLOC, RECORDER_OPTIONS } from '../../bin/agent-options.mjs';

const soon = { interval: 50 };
const IDENTITY = {
  agentId: '11111111-1111-4111-8111-111111111111',
  kind: 'recorder',
  name: 'host',
  key: 'k',
  vantage: '',
  serverUrl: 'http://127.0.0.1:9',
  redactionKey: Buffer.alloc(32, 1).toString('base64'),
};

test('a recorder starts with the settings of a small process, also where compiled code cannot be kept', async () => {
  await using dir = await createTempDir('recorder-start');
  // A file in place of the folder: nobody, not even root, can keep anything there.
  const cache = join(dir.path, 'cache');
  await writeFile(cache, '');
  await writeFile(join(dir.path, 'identity.json'), JSON.stringify(IDENTITY), { mode: 0o600 });
  await using recorder = startWatchpost(['recorder', '--data-dir', dir.path], {
    env: { WATCHPOST_SPOOL: join(dir.path, 'shells'), NODE_COMPILE_CACHE: cache },
  });
  await expect.poll(() => recorder.stdout() + recorder.stderr(), soon).toContain('the recorder runs');
  const words = (file: string) => readFileSync(`/proc/${recorder.pid}/${file}`, 'utf8').split('\0');
  expect(words('cmdline')).toEqual(expect.arrayContaining([...RECORDER_OPTIONS]));
  const settings = Object.entries(RECORDER_MALLOC).map(([name, value]) => `${name}=${value}`);
  expect(words('environ')).toEqual(expect.arrayContaining(settings));
});
