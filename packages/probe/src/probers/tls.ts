import { connect } from 'node:tls';
import { measureStream } from '../stream/open-stream.ts';
import { peerCheck } from '../tls/peer.ts';
import { handshakeFailure } from '../tls/tls-failure.ts';
import { Failed } from '../http/failed.ts';
import type { Prober } from './prober.ts';

/**
 * Measures a TLS handshake and looks at the certificate. The name for SNI and verification may be another than the host.
 * No protocol is offered (ALPN) and nothing is sent, so it suits every TLS service.
 */
export const probeTls: Prober<'tls'> = (check, context) =>
  measureStream(check, context, (connection, run) => {
    const { trail, watch } = run;
    trail.phase = 'tlsUs';
    return run.step<void>(({ done, fail }) => {
      const peer = peerCheck(check.serverName ?? check.host, secureContext());
      const socket = connect({ ...peer.options, socket: connection.socket });
      watch.acted();
      socket.on('error', (error: NodeJS.ErrnoException) => fail(handshakeFailure(error)));
      socket.once('secureConnect', () => {
        const { certExpiresAt, tlsVersion, failure } = peer.judge(socket);
        // TLS 1.2 waits for the server twice, 1.3 once.
        const pointUs = watch.arrival(tlsVersion === 'TLSv1.3' ? 1 : 2);
        run.certExpiresAt = certExpiresAt;
        trail.tlsVersion = tlsVersion;
        if (failure !== null && check.tlsVerify) return fail(failure);
        trail.end(pointUs);
        socket.destroy();
        done();
      });
      return () => socket.destroy();
    });

    function secureContext() {
      try {
        return context.secureContexts.get(check.caPem);
      } catch (error) {
        throw new Failed('probe-failed', `the authorities of the check cannot be read: ${String(error)}`);
      }
    }
  });
