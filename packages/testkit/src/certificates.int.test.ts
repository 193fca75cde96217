import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Certificates, createCertificates } from './certificates.ts';

let certificates: Certificates;
beforeAll(async () => {
  certificates = await createCertificates();
});
afterAll(() => certificates.remove());

test('each certificate is wrong in exactly the way its name says', () => {
  const ca = new X509Certificate(certificates.caPem);
  const facts = Object.fromEntries(
    (['good', 'expired', 'notYetValid', 'selfSigned', 'wrongName', 'untrusted', 'endsSoon'] as const).map((name) => {
      const leaf = new X509Certificate(certificates[name].cert);
      const now = Date.now();
      return [
        name,
        {
          signed: leaf.verify(ca.publicKey),
          begun: Date.parse(leaf.validFrom) <= now,
          ended: Date.parse(leaf.validTo) <= now,
          named: leaf.checkHost('localhost') !== undefined && leaf.checkIP('127.0.0.1') !== undefined,
        },
      ];
    }),
  );
  const good = { signed: true, begun: true, ended: false, named: true };
  expect(facts).toEqual({
    good,
    endsSoon: good,
    expired: { ...good, ended: true },
    notYetValid: { ...good, begun: false },
    selfSigned: { ...good, signed: false },
    untrusted: { ...good, signed: false },
    wrongName: { ...good, named: false },
  });
});

test('the end of validity is known to the second', () => {
  expect(certificates.good.expiresAt).toBe(Date.parse(new X509Certificate(certificates.good.cert).validTo));
});

test('the folder goes away with the certificates', async () => {
  const own = await createCertificates();
  expect(existsSync(own.good.keyFile)).toBe(true);
  await own.remove();
  expect(existsSync(own.good.keyFile)).toBe(false);
});
