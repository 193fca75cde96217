import { constants, createSecureServer, type Http2Session, type ServerHttp2Stream } from 'node:http2';
import type { Fault } from './fault.ts';
import { noise } from './message-faults.ts';
import { acceptTls } from './tls-faults.ts';

/** A TLS connection on which h2 was agreed (ALPN), before the server said a word of HTTP/2. */
const agreed = (then: (tls: ReturnType<typeof acceptTls>) => void): Fault => ({
  scheme: 'https',
  serve: (socket, { certificates }) => {
    const tls = acceptTls(socket, certificates.good, { ALPNProtocols: ['h2'] });
    tls.once('secure', () => then(tls));
  },
});

/** A true HTTP/2 server on the one connection. */
const onStream = (then: (stream: ServerHttp2Stream, session: Http2Session) => void): Fault => ({
  scheme: 'https',
  serve: (socket, { certificates }) => {
    const server = createSecureServer({ cert: certificates.good.cert, key: certificates.good.key });
    server.on('sessionError', () => {}).on('tlsClientError', () => {});
    server.on('stream', (stream: ServerHttp2Stream) => {
      stream.on('error', () => {});
      if (stream.session !== undefined) then(stream, stream.session);
    });
    server.emit('connection', socket);
  },
});

/** Faults of HTTP/2. */
export const HTTP2_FAULTS = {
  'h2-good': onStream((stream) => {
    stream.respond({ ':status': 200 });
    stream.end('ok');
  }),
  'h2-silent': agreed((tls) => tls.resume()),
  'h2-garbage': agreed((tls) => tls.end(noise(2_048))),
  'h2-close-at-once': agreed((tls) => tls.end()),
  'h2-never-answers': onStream(() => {}),
  'h2-goaway': onStream((_, session) => {
    session.goaway(constants.NGHTTP2_ENHANCE_YOUR_CALM, 0);
    session.destroy();
  }),
  'h2-rst-stream': onStream((stream) => stream.close(constants.NGHTTP2_INTERNAL_ERROR)),
  'h2-refused-stream': onStream((stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM)),
  'h2-rst-in-body': onStream((stream) => {
    stream.respond({ ':status': 200 });
    stream.write('only this', () => stream.destroy(new Error('reset on purpose')));
  }),
  'h2-close-in-body': onStream((stream, session) => {
    stream.respond({ ':status': 200, 'content-length': '1000' });
    stream.write('only this', () => session.destroy());
  }),
} as const satisfies Readonly<Record<string, Fault>>;
