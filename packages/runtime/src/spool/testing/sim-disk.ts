import type { Disk, DiskFile } from '../disk.ts';

type Content = { bytes: Buffer; synced: Buffer };

/**
 * A folder in memory for tests: it knows what a loss of power would leave, and fails when it is told to.
 * Names and their changes count as durable at once; contents only after `sync`.
 */
export type SimDisk = Disk & {
  /** Operations so far that change the disk. */
  readonly operations: () => number;
  /** Makes the operations fail for which it returns an error code, as `ENOSPC`. A write that fails keeps half its bytes. */
  setFault: (fault: ((operation: number, kind: string) => string | null) | null) => void;
  /**
   * What is on the disk after a crash: the synced bytes, and of those written since then a share of `kept` (0…1).
   * The copy has no faults.
   */
  readonly crashed: (kept: number) => SimDisk;
  /** The bytes of a file, to damage them. */
  readonly content: (name: string) => Buffer;
  readonly names: () => readonly string[];
};

export function createSimDisk(files: ReadonlyMap<string, Buffer> = new Map()): SimDisk {
  const folder = new Map<string, Content>([...files].map(([name, bytes]) => [name, { bytes, synced: bytes }]));
  let operations = 0;
  let fault: ((operation: number, kind: string) => string | null) | null = null;

  const check = (kind: string): void => {
    operations += 1;
    const code = fault?.(operations, kind) ?? null;
    if (code !== null) throw Object.assign(new Error(`${code}: simulated, ${kind}`), { code });
  };
  const find = (name: string): Content => {
    const content = folder.get(name);
    if (content === undefined) throw Object.assign(new Error(`ENOENT: ${name}`), { code: 'ENOENT' });
    return content;
  };
  const put = (content: Content, bytes: Buffer, position: number): void => {
    const next = Buffer.alloc(Math.max(content.bytes.length, position + bytes.length));
    content.bytes.copy(next);
    bytes.copy(next, position);
    content.bytes = next;
  };

  const handle = (content: Content): DiskFile => ({
    read: async (into, position) => content.bytes.copy(into, 0, position),
    write: async (bytes, position) => {
      try {
        check('write');
      } catch (error) {
        put(content, bytes.subarray(0, bytes.length >> 1), position);
        throw error;
      }
      put(content, bytes, position);
    },
    truncate: async (size) => {
      check('truncate');
      content.bytes = Buffer.from(content.bytes.subarray(0, size));
    },
    sync: async () => {
      check('sync');
      content.synced = content.bytes;
    },
    size: async () => content.bytes.length,
    close: async () => {},
  });

  return {
    list: async () => [...folder.keys()],
    open: async (name, create) => {
      if (!create) return handle(find(name));
      check('create');
      const content: Content = { bytes: Buffer.alloc(0), synced: Buffer.alloc(0) };
      folder.set(name, content);
      return handle(content);
    },
    rename: async (from, to) => {
      check('rename');
      const content = find(from);
      folder.delete(from);
      folder.set(to, content);
    },
    remove: async (name) => {
      check('remove');
      find(name);
      folder.delete(name);
    },
    syncDirectory: async () => check('syncDirectory'),
    operations: () => operations,
    setFault: (next) => {
      fault = next;
    },
    crashed: (kept) => {
      const left = [...folder].map(([name, { bytes, synced }]): [string, Buffer] => {
        const common = Math.min(bytes.length, synced.length);
        if (!bytes.subarray(0, common).equals(synced.subarray(0, common)) || bytes.length < synced.length) {
          return [name, Buffer.from(kept > 0.5 ? bytes : synced)];
        }
        return [name, Buffer.from(bytes.subarray(0, common + Math.round((bytes.length - common) * kept)))];
      });
      return createSimDisk(new Map(left));
    },
    content: (name) => find(name).bytes,
    names: () => [...folder.keys()],
  };
}
