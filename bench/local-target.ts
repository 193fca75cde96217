import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createCertificates } from '@watchpost/testkit/certificates';
import { createTempDir } from '@watchpost/testkit/temp-dir';
import { canUseResolverNamespace, inResolverNamespace, ownNameserver } from './tools/resolver-namespace.ts';

/** A plain web server in a process of its own that answers at once: 1 kB, then the connection ends. */
export type LocalTarget = AsyncDisposable & {
  /** A name that must be looked up for each probe; `127.0.0.1` where this user may not give processes a resolver. */
  readonly host: string;
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly caFile: string;
  readonly caPem: string;
  /** The command line that runs `command` where {@link host} can be looked up. */
  readonly wrap: (command: readonly string[]) => Promise<readonly [string, ...string[]]>;
};

/** What the process of the target tells its parent. */
export type LocalTargetReady = { readonly httpPort: number; readonly httpsPort: number; readonly hasDns: boolean };

const MAIN = fileURLToPath(new URL('local-target-main.ts', import.meta.url));

export async function startLocalTarget(): Promise<LocalTarget> {
  const nameserver = ownNameserver();
  const certificates = await createCertificates();
  const dir = await createTempDir('resolver');
  const child: ChildProcess = fork(MAIN, [certificates.good.certFile, certificates.good.keyFile, nameserver]);
  const [ready] = (await once(child, 'message', { signal: AbortSignal.timeout(20_000) })) as [LocalTargetReady];
  const hasNames = ready.hasDns && (await canUseResolverNamespace());
  return {
    httpPort: ready.httpPort,
    httpsPort: ready.httpsPort,
    host: hasNames ? 'target.timed.test' : '127.0.0.1',
    caFile: certificates.caFile,
    caPem: certificates.caPem,
    wrap: async (command) => {
      const [file = '', ...args] = hasNames ? await inResolverNamespace(command, nameserver, dir.path) : command;
      return [file, ...args];
    },
    [Symbol.asyncDispose]: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
      await Promise.all([certificates.remove(), dir.remove()]);
    },
  };
}
