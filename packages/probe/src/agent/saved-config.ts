import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type AgentConfig, agentConfigSchema } from '@watchpost/contracts/agents/agent-wire';
import type { Log } from '@watchpost/runtime/log/log';

const FILE = 'settings.json';

/**
 * Keeps the last settings of the server, so that a probe that starts while the server is away goes on measuring. The file
 * holds passwords of targets: only the owner can read it. Tests that were ordered are not kept.
 */
export async function saveConfig(dir: string, config: AgentConfig): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const temporary = join(dir, `${FILE}.new`);
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(JSON.stringify({ ...config, tests: [] }));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, join(dir, FILE));
}

/** The settings kept last; null when there are none, or they cannot be read. */
export async function loadConfig(dir: string, log: Log): Promise<AgentConfig | null> {
  let text: string;
  try {
    text = await readFile(join(dir, FILE), 'utf8');
  } catch {
    return null;
  }
  try {
    return agentConfigSchema.parse(JSON.parse(text));
  } catch {
    log.warn({ file: FILE }, 'the kept settings cannot be read, the probe waits for the server');
    return null;
  }
}
