import { readFileSync, statSync } from 'node:fs';

const PASSWD = '/etc/passwd';
/** How long a known name is believed without a look at the file: hundreds of shells are counted at a time. */
const BELIEVED_MS = 1_000;

export type Users = { readonly nameOf: (uid: number) => string };

/** Names of users by uid, from /etc/passwd; read again when it changed. Unknown ones are `uid:N`. */
export function createUsers(path: string = PASSWD): Users {
  let names = new Map<number, string>();
  let readAt = '';
  let lookedAt = Number.NEGATIVE_INFINITY;
  const refresh = (): void => {
    lookedAt = performance.now();
    try {
      const { mtimeMs, size } = statSync(path);
      const version = `${mtimeMs} ${size}`;
      if (version === readAt) return;
      readAt = version;
      names = new Map();
      for (const line of readFileSync(path, 'utf8').split('\n')) {
        const [name, , uid] = line.split(':');
        if (name !== undefined && uid !== undefined && !names.has(Number(uid))) names.set(Number(uid), name);
      }
    } catch {
      // Without the file, users have numbers only.
    }
  };
  return {
    nameOf(uid) {
      if (!names.has(uid) || performance.now() - lookedAt > BELIEVED_MS) refresh();
      return names.get(uid) ?? `uid:${uid}`;
    },
  };
}
