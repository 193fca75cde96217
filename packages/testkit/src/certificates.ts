import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createTempDir } from './temp-dir.ts';

const run = promisify(execFile);
/** One call of openssl may take this long, in ms. */
const OPENSSL_TIMEOUT_MS = 60_000;
const DAY_MS = 86_400_000;

/** A certificate with its key: PEM text, and the files that hold the same. */
export type Certificate = {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
  /** End of validity, Unix ms, whole seconds. */
  readonly expiresAt: number;
};

/** Leaf certificates for `localhost`, `127.0.0.1`, `::1` and `*.timed.test`, each wrong in another way but the first. */
export type Certificates = AsyncDisposable & {
  /** PEM of the authority that signed all but `selfSigned` and `untrusted`. */
  readonly caPem: string;
  readonly caFile: string;
  readonly good: Certificate;
  /** Ended yesterday. */
  readonly expired: Certificate;
  /** Begins tomorrow. */
  readonly notYetValid: Certificate;
  readonly selfSigned: Certificate;
  /** For `elsewhere.example` only. */
  readonly wrongName: Certificate;
  /** Signed by an authority that nobody trusts. */
  readonly untrusted: Certificate;
  /** Good, and ends in five days. */
  readonly endsSoon: Certificate;
  readonly remove: () => Promise<void>;
};

const LOCAL_NAMES = 'DNS:localhost,DNS:*.timed.test,IP:127.0.0.1,IP:0:0:0:0:0:0:0:1';

/** Makes an authority and leaf certificates (ECDSA P-256) with the `openssl` command in a folder of its own. */
export async function createCertificates(now = Date.now()): Promise<Certificates> {
  const dir = await createTempDir('certificates');
  try {
    const ca = await createAuthority(join(dir.path, 'ca'), 'Watchpost test authority', now);
    const stranger = await createAuthority(join(dir.path, 'stranger'), 'Unknown authority', now);
    const leaf = (issuer: Authority, name: string, fromDays: number, toDays: number, names = LOCAL_NAMES) =>
      issueLeaf(issuer, { name, names, from: now + fromDays * DAY_MS, to: now + toDays * DAY_MS });
    return {
      caPem: ca.cert,
      caFile: ca.certFile,
      good: await leaf(ca, 'good', -1, 90),
      expired: await leaf(ca, 'expired', -30, -1),
      notYetValid: await leaf(ca, 'not-yet-valid', 1, 90),
      selfSigned: await createSelfSigned(join(dir.path, 'self-signed'), now),
      wrongName: await leaf(ca, 'wrong-name', -1, 90, 'DNS:elsewhere.example'),
      untrusted: await leaf(stranger, 'untrusted', -1, 90),
      endsSoon: await leaf(ca, 'ends-soon', -30, 5),
      remove: dir.remove,
      [Symbol.asyncDispose]: dir.remove,
    };
  } catch (error) {
    await dir.remove();
    throw error;
  }
}

type Authority = Certificate & { readonly dir: string; readonly configFile: string };

async function openssl(...args: readonly string[]): Promise<void> {
  await run('openssl', [...args], { timeout: OPENSSL_TIMEOUT_MS, maxBuffer: 1 << 20 });
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'] as const;

async function createAuthority(dir: string, name: string, now: number): Promise<Authority> {
  await mkdir(dir, { recursive: true });
  const configFile = join(dir, 'openssl.cnf');
  await writeFile(join(dir, 'index.txt'), '');
  await writeFile(join(dir, 'serial'), '1000\n');
  await writeFile(configFile, authorityConfig(dir));
  const files = { certFile: join(dir, 'ca.pem'), keyFile: join(dir, 'ca.key') };
  await openssl(
    'req',
    '-x509',
    ...newKey,
    '-config',
    configFile,
    '-extensions',
    'authority',
    '-days',
    '3650',
    '-subj',
    `/CN=${name}`,
    '-keyout',
    files.keyFile,
    '-out',
    files.certFile,
  );
  return { dir, configFile, ...files, ...(await readPair(files)), expiresAt: now + 3650 * DAY_MS };
}

async function issueLeaf(
  issuer: Authority,
  leaf: { readonly name: string; readonly names: string; readonly from: number; readonly to: number },
): Promise<Certificate> {
  const file = (ending: string) => join(issuer.dir, `${leaf.name}.${ending}`);
  const files = { certFile: file('pem'), keyFile: file('key') };
  await writeFile(file('cnf'), `${authorityConfig(issuer.dir)}subjectAltName = ${leaf.names}\n`);
  await openssl(
    'req',
    '-new',
    ...newKey,
    '-config',
    file('cnf'),
    '-subj',
    `/CN=${leaf.name}`,
    '-keyout',
    files.keyFile,
    '-out',
    file('csr'),
  );
  await openssl(
    'ca',
    '-batch',
    '-notext',
    '-config',
    file('cnf'),
    '-extensions',
    'leaf',
    '-startdate',
    asn1Time(leaf.from),
    '-enddate',
    asn1Time(leaf.to),
    '-cert',
    issuer.certFile,
    '-keyfile',
    issuer.keyFile,
    '-in',
    file('csr'),
    '-out',
    files.certFile,
  );
  return { ...files, ...(await readPair(files)), expiresAt: Math.floor(leaf.to / 1000) * 1000 };
}

async function createSelfSigned(dir: string, now: number): Promise<Certificate> {
  await mkdir(dir, { recursive: true });
  const files = { certFile: join(dir, 'self-signed.pem'), keyFile: join(dir, 'self-signed.key') };
  await openssl(
    'req',
    '-x509',
    ...newKey,
    '-days',
    '90',
    '-subj',
    '/CN=localhost',
    '-addext',
    `subjectAltName=${LOCAL_NAMES}`,
    '-keyout',
    files.keyFile,
    '-out',
    files.certFile,
  );
  return { ...files, ...(await readPair(files)), expiresAt: now + 90 * DAY_MS };
}

async function readPair(files: {
  readonly certFile: string;
  readonly keyFile: string;
}): Promise<{ readonly cert: string; readonly key: string }> {
  const [cert, key] = await Promise.all([readFile(files.certFile, 'utf8'), readFile(files.keyFile, 'utf8')]);
  return { cert, key };
}

function asn1Time(unixMs: number): string {
  return `${new Date(unixMs).toISOString().slice(0, 19).replaceAll(/[-:T]/g, '')}Z`;
}

/** The last section is `leaf`: what is appended belongs to it. */
function authorityConfig(dir: string): string {
  return `[ca]
default_ca = here
[here]
database = ${dir}/index.txt
serial = ${dir}/serial
new_certs_dir = ${dir}
default_md = sha256
policy = any_name
unique_subject = no
[any_name]
commonName = supplied
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
`;
}
