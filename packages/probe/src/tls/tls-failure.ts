import type { Failure } from '../probers/prober.ts';

/** Codes of OpenSSL's certificate check (as Node names them) → ours. */
const CERTIFICATE_CODES: ReadonlyMap<string, Failure['code']> = new Map([
  ['CERT_HAS_EXPIRED', 'tls-expired'],
  ['CERT_NOT_YET_VALID', 'tls-not-yet-valid'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls-self-signed'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'tls-untrusted'],
  ['CERT_REVOKED', 'tls-revoked'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls-name-mismatch'],
  ['HOSTNAME_MISMATCH', 'tls-name-mismatch'],
]);

/** What OpenSSL says when both ends share no version, cipher or protocol. */
const NO_COMMON_GROUND =
  /UNSUPPORTED_PROTOCOL|ALERT_PROTOCOL_VERSION|ALERT_HANDSHAKE_FAILURE|NO_APPLICATION_PROTOCOL|NO_SHARED_CIPHER|NO_PROTOCOLS_AVAILABLE|INSUFFICIENT_SECURITY|VERSION_TOO_LOW|UNKNOWN_PROTOCOL|NO_CIPHERS/;

/** Why a certificate is not trusted. */
export function certificateFailure(error: NodeJS.ErrnoException): Failure {
  const code = CERTIFICATE_CODES.get(error.code ?? '') ?? 'tls-untrusted';
  return { code, text: error.message === error.code ? `the certificate is refused: ${error.code}` : error.message };
}

/** OpenSSL's own words, without the numbers and file names around them. */
function reasonOf(error: Error): string {
  const reason: unknown = 'reason' in error ? error.reason : null;
  return typeof reason === 'string' ? reason : error.message;
}

/** Why a handshake broke off before the certificate could be judged. */
export function handshakeFailure(error: NodeJS.ErrnoException): Failure {
  const { code = '' } = error;
  const message = reasonOf(error);
  if (code === 'ECONNRESET' && /disconnected before secure/.test(message)) {
    return { code: 'tls-failed', text: 'the connection was closed during the handshake' };
  }
  if (code === 'ECONNRESET' || code === 'EPIPE') return { code: 'reset', text: `during the TLS handshake: ${message}` };
  if (code === 'ETIMEDOUT') return { code: 'tls-timeout', text: message };
  if (NO_COMMON_GROUND.test(code) || NO_COMMON_GROUND.test(message.toUpperCase().replaceAll(' ', '_'))) {
    return { code: 'tls-protocol', text: message };
  }
  return { code: 'tls-failed', text: message };
}
