import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

/** A file of a registry that the machine is set up for, with its SHA-256. `path` is one in the pool of Debian's mirror. */
type Pinned = { readonly sha256: string } & ({ readonly path: string } | { readonly npm: string });

type Program = {
  /** Where it is in the unpacked packages. */
  readonly program: string;
  readonly packages: readonly Pinned[];
  /** It needs a newer C library than Debian 12 has: one is among its packages, and the program is changed to use it. */
  readonly ownLibraries?: true;
};

const PROGRAM_MS = 120_000;
const execute = promisify(execFile);
const CACHE = join(import.meta.dirname, '../../../../node_modules/.cache/watchpost-other-versions');
const LIBRARIES = 'usr/lib/x86_64-linux-gnu';

const LIBC: Pinned = {
  path: 'pool/main/g/glibc/libc6_2.41-12+deb13u5_amd64.deb',
  sha256: 'b59b0625cd1a791375d40dab23a4d5d3d0641e3d0a773501becdc3725b7f99cf',
};

/** Of Debian 11, 13 and unstable: what Debian 12 has is installed. A file that has left the mirror needs a new line here. */
const PROGRAMS = {
  'bash 5.1': {
    program: 'bin/bash',
    packages: [
      {
        path: 'pool/main/b/bash/bash_5.1-2+deb11u1_amd64.deb',
        sha256: 'f702ef058e762d7208a9c83f6f6bbf02645533bfd615c54e8cdcce842cd57377',
      },
    ],
  },
  'bash 5.3': {
    program: 'usr/bin/bash-static',
    packages: [
      {
        path: 'pool/main/b/bash/bash-static_5.3-4_amd64.deb',
        sha256: '95fcd8c7ad1adf50b2ef891cbd3def36df341ff3df4b0c599bf457ff5db9965d',
      },
    ],
  },
  'zsh 5.8': {
    program: 'bin/zsh',
    packages: [
      {
        path: 'pool/main/z/zsh/zsh_5.8-6+deb11u1_amd64.deb',
        sha256: '0d42edeaeb806767bcfde72eb3c29aa34f5065db061e918a2b64ebb0a9821a80',
      },
    ],
  },
  'zsh 5.9.2': {
    program: 'usr/bin/zsh',
    packages: [
      {
        path: 'pool/main/z/zsh/zsh_5.9.2-1+b1_amd64.deb',
        sha256: '568a92e56b6ccf8770697f1cdb56ac6b44af612678411b581c0986d22de09e79',
      },
      LIBC,
    ],
    ownLibraries: true,
  },
  'fish 3.1': {
    program: 'usr/bin/fish',
    packages: [
      {
        path: 'pool/main/f/fish/fish_3.1.2-3+deb11u1_amd64.deb',
        sha256: '6e47d4eaa6d2f66775bb9c9dac7a04b2af0b894ac1810d28c7147981e6e013bb',
      },
      {
        path: 'pool/main/f/fish/fish-common_3.1.2-3+deb11u1_all.deb',
        sha256: '738fa7aa1140945d1f9e24b3c88ff6de6283633282fad28922691437304cd386',
      },
    ],
  },
  'fish 4.0': {
    program: 'usr/bin/fish',
    packages: [
      {
        path: 'pool/main/f/fish/fish_4.0.2-1_amd64.deb',
        sha256: '56136a4d9bee8e8cc4fc7ae43d54c82b7eb49e4f24bb1853aad92659490b3a20',
      },
      {
        path: 'pool/main/f/fish/fish-common_4.0.2-1_all.deb',
        sha256: 'eaeaf43cd391711060db323af1fd98bd5b61589b6c15ab27fbd14d06067e5924',
      },
      LIBC,
    ],
    ownLibraries: true,
  },
  'fish 4.9': {
    program: 'usr/bin/fish',
    packages: [
      {
        path: 'pool/main/f/fish/fish_4.9.3-1_amd64.deb',
        sha256: 'f1aec653796fe24a6d3335f85d0af4ae0e9439f37882d5c13a96f01980289e1c',
      },
      {
        path: 'pool/main/p/pcre2/libpcre2-32-0_10.49-1_amd64.deb',
        sha256: '259497d08992ee5a26afad6ce36cb2a6021552010cd1fde1318c08d35d095620',
      },
      {
        path: 'pool/main/p/pcre2/libpcre2-8-0_10.49-1_amd64.deb',
        sha256: '854da48a72f55b3f6f20389b58a3e94bddd06dc02b2a9fadd006ccd0048d14ab',
      },
      LIBC,
    ],
    ownLibraries: true,
  },
  starship: {
    program: 'usr/bin/starship',
    packages: [
      {
        path: 'pool/main/s/starship/starship_1.22.1-5_amd64.deb',
        sha256: 'be0d0a9a02d2f1e9ede0f70aa2113dde85013c7e87ae839a10399dcb546bd142',
      },
      LIBC,
    ],
    ownLibraries: true,
  },
  // No package of Debian has bash-preexec; this one of npm brings it along, and runs nothing when it is unpacked.
  'bash-preexec': {
    program: 'package/shell/bash-preexec.sh',
    packages: [
      {
        npm: '@microsoft/inshellisense@0.0.1-rc.16',
        sha256: '8139e9e80f3b7f0b190551635adbcfea598ba79b30736201cba8418c06a8d6eb',
      },
    ],
  },
} as const satisfies Record<string, Program>;

export type OtherVersion = keyof typeof PROGRAMS;

/**
 * The path of a program that the Debian here does not have; or why it cannot be had. It is fetched once and kept below
 * `node_modules`; nothing is installed.
 */
export async function otherVersion(name: OtherVersion): Promise<{ readonly path: string } | { readonly missing: string }> {
  const { program, packages, ownLibraries }: Program = PROGRAMS[name];
  const pins = createHash('sha256').update(packages.map(({ sha256 }) => sha256).join());
  const root = join(CACHE, `${name.replaceAll(' ', '-')}-${pins.digest('hex').slice(0, 12)}`);
  const path = join(root, program);
  if (existsSync(path)) return { path };
  if (process.arch !== 'x64') return { missing: `${name} is pinned for x86-64 only` };
  await mkdir(CACHE, { recursive: true });
  const made = await mkdtemp(join(CACHE, 'making-'));
  try {
    const files = await Promise.all(packages.map(fetchOnce));
    for (const file of files) await unpack(file, made);
    // A fish that was not installed looks for both of its folders beside its own.
    if (existsSync(join(made, 'etc'))) await symlink('../etc', join(made, 'usr/etc'));
    if (ownLibraries) {
      const libraries = join(root, LIBRARIES);
      const loader = join(libraries, 'ld-linux-x86-64.so.2');
      await run('patchelf', ['--set-interpreter', loader, '--force-rpath', '--set-rpath', libraries, join(made, program)]);
    }
    await rename(made, root);
    return { path };
  } catch (error) {
    // Made by another process meanwhile: as good.
    if (existsSync(path)) return { path };
    return { missing: `${name} cannot be had: ${error instanceof Error ? error.message : String(error)}` };
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

/** Where a zsh that was unpacked has its modules: a line for its start file. */
export function zshModules(path: string): string {
  const root = path.replace(/(?:\/usr)?\/bin\/[^/]+$/, '');
  return `module_path=(${root}/${LIBRARIES}/zsh/*(/))`;
}

const fetches = new Map<string, Promise<string>>();
let mirror: Promise<string> | undefined;

/** Packages that several programs need are fetched once. */
function fetchOnce(pinned: Pinned): Promise<string> {
  const before = fetches.get(pinned.sha256);
  if (before !== undefined) return before;
  const fetched = fetchPinned(pinned);
  fetches.set(pinned.sha256, fetched);
  return fetched;
}

async function fetchPinned(pinned: Pinned): Promise<string> {
  const file = join(CACHE, `${pinned.sha256}${'path' in pinned ? '.deb' : '.tgz'}`);
  if (existsSync(file)) return file;
  const folder = await mkdtemp(join(CACHE, 'fetching-'));
  try {
    const fetched = 'path' in pinned ? await fetchDebian(pinned.path, folder) : await fetchNpm(pinned.npm, folder);
    const found = createHash('sha256').update(await readFile(fetched));
    if (found.digest('hex') !== pinned.sha256) throw new Error(`${basename(fetched)} is not the file that is pinned`);
    await rename(fetched, file);
    return file;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** From the mirror that this machine has its own packages from, as apt is set up to reach it. */
async function fetchDebian(path: string, folder: string): Promise<string> {
  mirror ??= findMirror();
  const file = join(folder, basename(path));
  const limits = ['-o', 'Acquire::Retries=1', '-o', 'Acquire::http::Timeout=20'];
  await run('/usr/lib/apt/apt-helper', [...limits, 'download-file', (await mirror) + path, file]);
  return file;
}

async function findMirror(): Promise<string> {
  const lines = await run('apt-get', ['indextargets', '--format', '$(ORIGIN) $(LABEL) $(REPO_URI)', 'Created-By: Packages']);
  const found = /^Debian Debian (\S+)$/m.exec(lines)?.[1];
  if (found === undefined) throw new Error('apt knows no mirror of Debian');
  return found;
}

async function fetchNpm(name: string, folder: string): Promise<string> {
  const answer = await run('npm', ['pack', name, '--silent', '--pack-destination', folder]);
  return join(folder, answer.trim().split('\n').at(-1) ?? '');
}

async function unpack(file: string, into: string): Promise<void> {
  if (file.endsWith('.deb')) await run('dpkg-deb', ['-x', file, into]);
  else await run('tar', ['-xzf', file, '-C', into]);
}

async function run(program: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await execute(program, args, { encoding: 'utf8', timeout: PROGRAM_MS });
    return stdout;
  } catch (error) {
    // Of all that apt and npm say, the line that names the error.
    const text = error instanceof Error ? error.message : String(error);
    throw new Error(/^(?:E:|npm error).*$/m.exec(text)?.[0] ?? text.slice(0, 300), { cause: error });
  }
}
