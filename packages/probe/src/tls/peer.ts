import { isIP } from 'node:net';
import { checkServerIdentity, type ConnectionOptions, type PeerCertificate, type SecureContext, type TLSSocket } from 'node:tls';
import type { Failure } from '../probers/prober.ts';
import { certificateFailure } from './tls-failure.ts';

/** What the peer showed in the handshake. */
export type Peer = {
  /** End of validity of its certificate, Unix ms; null: it showed none. */
  readonly certExpiresAt: number | null;
  /** `TLSv1.2`, `TLSv1.3`. */
  readonly tlsVersion: string | null;
  /** Why it is not trusted; null: it is. */
  readonly failure: Failure | null;
};

/**
 * Options for `tls.connect` that let the handshake come to its end whatever the certificate is, and how to judge it then.
 * Nothing may be sent before {@link judge}: it is what Node would have refused by itself.
 */
export function peerCheck(
  serverName: string,
  secureContext: SecureContext,
): { readonly options: ConnectionOptions; judge(socket: TLSSocket): Peer } {
  let seen: PeerCertificate | null = null;
  return {
    options: {
      ...(isIP(serverName) === 0 ? { servername: withoutFinalDot(serverName) } : {}),
      secureContext,
      rejectUnauthorized: false,
      // Called by Node only when the chain is trusted; it hands over the certificate, which is costly to ask for again.
      checkServerIdentity: (_name, certificate) => {
        seen = certificate;
        return checkServerIdentity(withoutFinalDot(serverName), certificate);
      },
    },
    judge(socket) {
      const certificate = seen ?? socket.getPeerCertificate();
      // Typed as an Error, but Node stores the code of the error here when the chain is not trusted.
      const refused: unknown = socket.authorized ? null : socket.authorizationError;
      return {
        certExpiresAt: expiryOf(certificate),
        tlsVersion: socket.getProtocol(),
        failure: refused === null ? null : certificateFailure(asError(refused, certificate, serverName)),
      };
    },
  };
}

function asError(refused: unknown, certificate: PeerCertificate, serverName: string): NodeJS.ErrnoException {
  if (refused instanceof Error) return refused;
  const code = String(refused);
  const mismatch =
    code === 'ERR_TLS_CERT_ALTNAME_INVALID' ? checkServerIdentity(withoutFinalDot(serverName), certificate) : undefined;
  return Object.assign(new Error(mismatch?.message ?? code), { code });
}

function expiryOf(certificate: PeerCertificate): number | null {
  const at = Date.parse(certificate.valid_to ?? '');
  return Number.isNaN(at) ? null : at;
}

function withoutFinalDot(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name;
}
