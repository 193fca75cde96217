import { constants } from 'node:fs';
import { mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** An open file. All positions and sizes are bytes. */
export type DiskFile = {
  /** Bytes read: fewer than asked only at the end of the file. */
  readonly read: (into: Buffer, position: number) => Promise<number>;
  /** Writes all of it, or rejects. */
  readonly write: (bytes: Buffer, position: number) => Promise<void>;
  readonly truncate: (size: number) => Promise<void>;
  /** Makes contents and size durable. */
  readonly sync: () => Promise<void>;
  readonly size: () => Promise<number>;
  readonly close: () => Promise<void>;
};

/** The one folder a spool lives in: all that it asks of a file system. */
export type Disk = {
  readonly list: () => Promise<readonly string[]>;
  /** Opens for reading and writing; `create` makes a new, empty file. */
  readonly open: (name: string, create: boolean) => Promise<DiskFile>;
  readonly rename: (from: string, to: string) => Promise<void>;
  readonly remove: (name: string) => Promise<void>;
  /** Makes created, renamed and removed names durable. */
  readonly syncDirectory: () => Promise<void>;
};

/** The folder `dir` of the real file system, made when it is not there. Files are readable by their owner only. */
export async function openDisk(dir: string): Promise<Disk> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  return {
    list: () => readdir(dir),
    open: async (name, create) => {
      const flags = constants.O_RDWR | (create ? constants.O_CREAT | constants.O_TRUNC : 0);
      const handle = await open(join(dir, name), flags, 0o600);
      return {
        read: async (into, position) => {
          let done = 0;
          while (done < into.length) {
            const { bytesRead } = await handle.read(into, done, into.length - done, position + done);
            if (bytesRead === 0) break;
            done += bytesRead;
          }
          return done;
        },
        write: async (bytes, position) => {
          let done = 0;
          while (done < bytes.length) {
            const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
            done += bytesWritten;
          }
        },
        truncate: (size) => handle.truncate(size),
        sync: () => handle.datasync(),
        size: async () => (await handle.stat()).size,
        close: () => handle.close(),
      };
    },
    rename: (from, to) => rename(join(dir, from), join(dir, to)),
    remove: (name) => unlink(join(dir, name)),
    syncDirectory: async () => {
      const handle = await open(dir, 'r');
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    },
  };
}
