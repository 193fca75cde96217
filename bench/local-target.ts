import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createCertificates } from '@watchpost/testkit/certificates';

/** A plain web server in a process of its own that answers at once: 1 kB, then the connection ends. */
export type LocalTarget = AsyncDisposable & {
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly caFile: string;
  readonly caPem: string;
};

const MAIN = fileURLToPath(new URL('local-target-main.ts', import.meta.url));

export async function startLocalTarget(): Promise<LocalTarget> {
  const certificates = await createCertificates();
  const child: ChildProcess = fork(MAIN, [certificates.good.certFile, certificates.good.keyFile]);
  const [ports] = (await once(child, 'message', { signal: AbortSignal.timeout(20_000) })) as [
    { httpPort: number; httpsPort: number },
  ];
  return {
    ...ports,
    caFile: certificates.caFile,
    caPem: certificates.caPem,
    [Symbol.asyncDispose]: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
      await certificates.remove();
    },
  };
}
