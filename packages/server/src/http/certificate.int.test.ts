import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { createCertificates } from '@watchpost/testkit/certificates';
import { createTempDir } from '@watchpost/testkit/temp-dir';
import { expect, it } from 'vitest';
import { startTestServer } from '../testing/start-test-server.ts';

it('serves a renewed certificate without a restart, and keeps the old one while the new one is broken', async () => {
  await using certificates = await createCertificates();
  await using dir = await createTempDir('certificate');
  const tlsCertFile = join(dir.path, 'cert.pem');
  const tlsKeyFile = join(dir.path, 'key.pem');
  const install = ({ certFile, keyFile }: { readonly certFile: string; readonly keyFile: string }) => {
    copyFileSync(certFile, tlsCertFile);
    copyFileSync(keyFile, tlsKeyFile);
  };
  install(certificates.endsSoon);
  // No administrator: its keys are made over fetch, which does not trust the authority.
  const server = await startTestServer({ tlsCertFile, tlsKeyFile, adminEmail: null });
  try {
    const endsAt = () => servedUntil(Number(new URL(server.url).port));
    expect(await endsAt()).toBe(certificates.endsSoon.expiresAt);
    copyFileSync(certificates.good.certFile, tlsCertFile);
    await server.reload();
    expect(await endsAt()).toBe(certificates.endsSoon.expiresAt);
    writeFileSync(tlsKeyFile, 'no key');
    await server.reload();
    expect(await endsAt()).toBe(certificates.endsSoon.expiresAt);
    install(certificates.good);
    await server.reload();
    expect(await endsAt()).toBe(certificates.good.expiresAt);

    const local = await server.openLocally();
    expect(local).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await fetch(`${local}/api/v1/targets`)).status).toBe(401);
    expect(await server.openLocally()).toBe(local);
  } finally {
    await server.dispose();
  }
});

function servedUntil(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      resolve(Date.parse(socket.getPeerCertificate().valid_to));
      socket.destroy();
    });
    socket.on('error', reject);
  });
}
