import { describe, expect, it } from 'vitest';
import { certificateFailure, handshakeFailure } from './tls-failure.ts';

const error = (code: string, message = code, more: object = {}) => Object.assign(new Error(message), { code, ...more });

describe('TLS failures', () => {
  it.each([
    ['CERT_HAS_EXPIRED', 'tls-expired'],
    ['CERT_NOT_YET_VALID', 'tls-not-yet-valid'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls-self-signed'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls-untrusted'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls-name-mismatch'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'tls-untrusted'],
  ])('%s is %s', (code, ours) => {
    expect(certificateFailure(error(code)).code).toBe(ours);
  });

  it('tells a close from a reset, and shows only the reason OpenSSL gives', () => {
    const closed = 'Client network socket disconnected before secure TLS connection was established';
    expect(handshakeFailure(error('ECONNRESET', closed)).code).toBe('tls-failed');
    expect(handshakeFailure(error('ECONNRESET', 'read ECONNRESET')).code).toBe('reset');
    const alert = error('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', '40F3:error:0A00:SSL routines:../deps/x.c:918', {
      reason: 'tlsv1 alert protocol version',
    });
    expect(handshakeFailure(alert)).toEqual({ code: 'tls-protocol', text: 'tlsv1 alert protocol version' });
  });
});
