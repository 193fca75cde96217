import type { Fault } from './outcome.ts';

/**
 * Every way in which a measurement can fail: stable code, who is at fault, and a short English sentence.
 * The codes are part of the wire format and of the API; they are added to, never renamed.
 */
export const ERROR_CODES = {
  // Name lookup
  'dns-timeout': { fault: 'resolver', text: 'The resolver did not answer in time' },
  'dns-nxdomain': { fault: 'target', text: 'The name does not exist' },
  'dns-no-address': { fault: 'target', text: 'The name has no address of the wanted family' },
  'dns-servfail': { fault: 'resolver', text: 'The resolver reported a failure' },
  'dns-refused': { fault: 'resolver', text: 'The resolver refused the query' },
  'dns-bad-response': { fault: 'resolver', text: 'The answer of the resolver cannot be understood' },
  'dns-unreachable': { fault: 'resolver', text: 'The resolver cannot be reached' },
  'dns-answer-mismatch': { fault: 'target', text: 'The DNS answer is not the expected one' },
  // Connect
  'connect-refused': { fault: 'target', text: 'The connection was refused' },
  'connect-timeout': { fault: 'network', text: 'The connection was not made in time' },
  'connect-reset': { fault: 'target', text: 'The connection was reset while it was made' },
  'network-unreachable': { fault: 'network', text: 'There is no route to the network' },
  'host-unreachable': { fault: 'network', text: 'The host cannot be reached' },
  // TLS
  'tls-timeout': { fault: 'target', text: 'The TLS handshake did not finish in time' },
  'tls-name-mismatch': { fault: 'target', text: 'The certificate is for another name' },
  'tls-expired': { fault: 'target', text: 'The certificate has expired' },
  'tls-not-yet-valid': { fault: 'target', text: 'The certificate is not valid yet' },
  'tls-self-signed': { fault: 'target', text: 'The certificate is self-signed' },
  'tls-untrusted': { fault: 'target', text: 'The certificate is not signed by a trusted authority' },
  'tls-revoked': { fault: 'target', text: 'The certificate is revoked' },
  'tls-protocol': { fault: 'target', text: 'Both ends found no common TLS version or cipher' },
  'tls-failed': { fault: 'target', text: 'The TLS handshake failed' },
  'certificate-expires-soon': { fault: 'target', text: 'The certificate expires sooner than the rule allows' },
  // HTTP exchange
  reset: { fault: 'network', text: 'The connection was reset' },
  'early-close': { fault: 'target', text: 'The connection was closed before the answer was complete' },
  'send-failed': { fault: 'network', text: 'The request could not be sent' },
  'first-byte-timeout': { fault: 'target', text: 'No answer came in time' },
  'total-timeout': { fault: 'target', text: 'The answer was not complete in time' },
  'bad-response': { fault: 'target', text: 'The answer is not valid HTTP' },
  'headers-too-large': { fault: 'target', text: 'The header of the answer is larger than the limit' },
  'bad-encoding': { fault: 'target', text: 'The body cannot be decompressed' },
  'decoded-too-large': { fault: 'target', text: 'The decompressed body is larger than the limit' },
  'too-many-redirects': { fault: 'target', text: 'There were more redirects than the limit' },
  'bad-redirect': { fault: 'target', text: 'The redirect has no usable address' },
  // Rules
  status: { fault: 'target', text: 'The status is not an expected one' },
  'body-mismatch': { fault: 'target', text: 'The body is not as expected' },
  'body-truncated': { fault: 'target', text: 'The body is longer than the limit, so its rule cannot be decided' },
  'json-mismatch': { fault: 'target', text: 'The JSON value is not as expected' },
  'header-mismatch': { fault: 'target', text: 'A header is not as expected' },
  'body-hash-mismatch': { fault: 'target', text: 'The hash of the body is not the expected one' },
  slow: { fault: 'target', text: 'A phase took longer than the rule allows' },
  // Ping
  'ping-timeout': { fault: 'network', text: 'No echo reply came in time' },
  'ping-loss': { fault: 'network', text: 'More echo requests were lost than the rule allows' },
  // The probe itself
  'probe-overloaded': { fault: 'probe', text: 'The probe was overloaded while it measured' },
  'probe-unsupported': { fault: 'probe', text: 'The probe cannot measure this on its machine' },
  'probe-failed': { fault: 'probe', text: 'The probe failed while it measured' },
} as const satisfies Readonly<Record<string, { readonly fault: Fault; readonly text: string }>>;

export type ErrorCode = keyof typeof ERROR_CODES;
export const errorCodes = Object.keys(ERROR_CODES) as readonly ErrorCode[];
