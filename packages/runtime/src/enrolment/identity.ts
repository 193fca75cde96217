import { chmod, mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@watchpost/contracts/errors/app-error';
import { z } from 'zod';

const identitySchema = z.object({
  agentId: z.string().min(1),
  key: z.string().min(1),
  /** Empty for a recorder. */
  vantage: z.string(),
  serverUrl: z.string().min(1),
  /** For a recorder: key of the tokens of masked secrets, base64. */
  redactionKey: z.string().optional(),
});

/** Who an agent is to its server. `key` and `redactionKey` are secrets. */
export type Identity = Readonly<z.infer<typeof identitySchema>>;

const FILE = 'identity.json';

/** Reads the identity kept in a folder; null when the agent was never enrolled. Throws AppError `bad-config` for a broken file. */
export async function readIdentity(dir: string): Promise<Identity | null> {
  const file = join(dir, FILE);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new AppError('bad-config', `${file} cannot be read`, { cause: error });
  }
  try {
    return identitySchema.parse(JSON.parse(text));
  } catch {
    throw new AppError('bad-config', `${file} is not a valid identity: enrol this agent again`);
  }
}

/** Keeps an identity, readable by its owner only. The file is whole or not there, also after a loss of power. */
export async function writeIdentity(dir: string, identity: Identity): Promise<void> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const temporary = join(dir, `${FILE}.new`);
  const handle = await open(temporary, 'w', 0o600);
  try {
    await chmod(temporary, 0o600);
    await handle.writeFile(`${JSON.stringify(identity, null, 2)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, join(dir, FILE));
  const folder = await open(dir, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
