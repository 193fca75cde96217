import type { Socket } from 'node:net';
import { createSecureContext, type SecureContextOptions, TLSSocket } from 'node:tls';
import type { Certificate, Certificates } from '../certificates.ts';
import { drip, type Fault, type FaultContext, onRequest } from './fault.ts';
import { noise } from './message-faults.ts';

const https = (serve: Fault['serve']): Fault => ({ scheme: 'https', serve });

type ServerTls = SecureContextOptions & { readonly ALPNProtocols?: readonly string[] };

/** Speaks TLS as a server on a connection that was just accepted. */
export function acceptTls(socket: Socket, certificate: Certificate, options: ServerTls = {}): TLSSocket {
  const { ALPNProtocols, ...context } = options;
  const secureContext = createSecureContext({ cert: certificate.cert, key: certificate.key, ...context });
  const tls = new TLSSocket(socket, {
    isServer: true,
    secureContext,
    ...(ALPNProtocols === undefined ? {} : { ALPNProtocols: [...ALPNProtocols] }),
  });
  tls.on('error', () => {});
  return tls;
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok';

/** A right answer behind a certificate. */
const certified = (choose: (certificates: Certificates) => Certificate, options: ServerTls = {}): Fault =>
  https((socket, { certificates }) => {
    const tls = acceptTls(socket, choose(certificates), options);
    onRequest(tls, () => tls.end(OK));
  });

const afterRequest = (then: (tls: TLSSocket, raw: Socket) => void): Fault =>
  https((socket, { certificates }) => {
    const tls = acceptTls(socket, certificates.good);
    onRequest(tls, () => then(tls, socket));
  });

/** Waits for the first bytes of the client, the ClientHello. */
const atHello = (then: (socket: Socket, context: FaultContext) => void): Fault =>
  https((socket, context) => {
    socket.once('data', () => then(socket, context));
  });

/** A TLS alert record (RFC 8446, section 6), fatal. */
const alert = (description: number): Buffer => Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, description]);

/** Faults of TLS: the handshake, the certificate, and the connection after it. */
export const TLS_FAULTS = {
  'certificate-good': certified((all) => all.good),
  'certificate-expired': certified((all) => all.expired),
  'certificate-not-yet-valid': certified((all) => all.notYetValid),
  'certificate-self-signed': certified((all) => all.selfSigned),
  'certificate-wrong-name': certified((all) => all.wrongName),
  'certificate-untrusted': certified((all) => all.untrusted),
  'tls-old-version': certified((all) => all.good, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }),
  'tls-never-answers': https((socket) => socket.resume()),
  'tls-close-at-accept': https((socket) => socket.end()),
  'tls-close-at-hello': atHello((socket) => socket.end()),
  'tls-reset-at-hello': atHello((socket) => socket.resetAndDestroy()),
  'tls-not-spoken': atHello((socket) => socket.end('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')),
  'tls-garbage': atHello((socket) => socket.end(noise(2_048))),
  'tls-alert-handshake-failure': atHello((socket) => socket.end(alert(40))),
  'tls-alert-protocol-version': atHello((socket) => socket.end(alert(70))),
  'tls-drips': atHello((socket, { signal }) => {
    // The head of a ServerHello record of 16 kB, of which a byte comes now and then.
    socket.write(Buffer.from([0x16, 0x03, 0x03, 0x40, 0x00, 0x02, 0x00, 0x3f, 0xf0]));
    drip(socket, 'x', 50, signal);
  }),
  'tls-slow': https((socket, { certificates, signal }) => {
    // The server looks at the connection late, and then does everything right.
    const timer = setTimeout(() => {
      if (socket.destroyed || signal.aborted) return;
      const tls = acceptTls(socket, certificates.good);
      onRequest(tls, () => tls.end(OK));
    }, 300);
    socket.on('close', () => clearTimeout(timer));
  }),
  'tls-never-answers-request': afterRequest(() => {}),
  'tls-close-after-request': afterRequest((tls) => tls.end()),
  'tls-reset-after-request': afterRequest((_, raw) => raw.resetAndDestroy()),
  'tls-cut-in-body': afterRequest((tls, raw) => {
    tls.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this', () => raw.destroySoon());
  }),
} as const satisfies Readonly<Record<string, Fault>>;
