import { readFileSync } from 'node:fs';

const MADV_DONTNEED = 4;
/** `from-to rights offset device inode path`, as in /proc/PID/smaps. */
const MAPPING = /^([0-9a-f]+)-([0-9a-f]+) r-[x-]p \S+ \S+ \d+ +(\/.*)$/;

/**
 * Gives back the pages of a program or a library that only its start has read: its constructors lie all over it, so that a
 * third of libchdb would stay resident (140 MB), and half of Node (45 MB). What runs later is read again, from the file or its
 * cache. Only mappings that nothing was written to (relocations) are given back. Does nothing where there is no
 * `/proc/self/smaps`, or in a process that was started without `--experimental-ffi`.
 */
export function dropLoadedPages(file: string): void {
  const ffi = process.getBuiltinModule('node:ffi');
  if (ffi === undefined) return;
  let smaps: string;
  try {
    smaps = readFileSync('/proc/self/smaps', 'utf8');
  } catch {
    return;
  }
  const { functions } = ffi.dlopen('libc.so.6', {
    madvise: { arguments: ['uint64', 'uint64', 'int32'], return: 'int32' },
  });
  for (const [from, to] of cleanMappings(smaps, file)) functions.madvise(from, to - from, MADV_DONTNEED);
}

/** Addresses of the read-only mappings of a file that have no page of their own. */
function cleanMappings(smaps: string, file: string): readonly (readonly [bigint, bigint])[] {
  const found: (readonly [bigint, bigint])[] = [];
  let current: readonly [bigint, bigint] | null = null;
  for (const line of smaps.split('\n')) {
    if (/^[0-9a-f]+-/.test(line)) {
      const [, from, to, path] = MAPPING.exec(line) ?? [];
      current = path === file ? [BigInt(`0x${from}`), BigInt(`0x${to}`)] : null;
    } else if (current !== null && /^Anonymous: +0 kB$/.test(line)) {
      found.push(current);
    }
  }
  return found;
}
