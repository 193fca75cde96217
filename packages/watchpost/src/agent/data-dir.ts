import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where an agent keeps its things when nobody says otherwise. systemd gives the folder of the service in STATE_DIRECTORY. */
export function defaultDataDir(kind: 'probe' | 'recorder' = 'probe'): string {
  const given = process.env['STATE_DIRECTORY'];
  if (given !== undefined && given !== '') return given;
  if (process.getuid?.() === 0) return `/var/lib/watchpost-${kind}`;
  return join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state'), `watchpost-${kind}`);
}
