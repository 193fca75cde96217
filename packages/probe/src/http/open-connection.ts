import { connect as connectHttp2, type ClientHttp2Session } from 'node:http2';
import { connect as connectTcp, isIP, isIPv6, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext, TLSSocket } from 'node:tls';
import type { Failure } from '../probers/prober.ts';
import { peerCheck } from '../tls/peer.ts';
import { handshakeFailure } from '../tls/tls-failure.ts';
import { connectFailure } from './connect-failure.ts';
import type { Connection } from './connection.ts';
import { Failed } from './failed.ts';
import { MAX_HEADER_BYTES } from './response-reader.ts';
import type { Run } from './run.ts';

/** Addresses of one name that are tried. */
const MAX_ADDRESSES = 8;
const READ_BUFFER_BYTES = 65_536;
/** Bytes a server may send without waiting for us (HTTP/2 flow control): the window must not shape the measurement. */
const HTTP2_WINDOW_BYTES = 8_388_608;
/** All sockets of a thread read into the same memory: it is handed on, and done with, before the next read. */
const readBuffer = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES);

/**
 * Makes a fresh connection: name lookup, TCP connect, TLS handshake, all within the connect timeout. When an address
 * refuses or cannot be reached, the next one is tried; an address that does not answer uses up the time, as there is
 * no telling how long is too long. Throws {@link Failed}.
 */
export async function openConnection(run: Run, url: URL): Promise<Connection> {
  run.startConnectTimeout();
  const host = hostOf(url);
  const { check, trail, watch } = run;
  if (isIP(host) !== 0) trail.phase = 'connectUs';
  const resolver = run.context.resolvers.get(check.resolver);
  if (resolver === null)
    throw failedNow(run, { code: 'probe-failed', text: `${check.resolver} is not the address of a resolver` });
  const leftMs = Math.max(1, check.totalTimeoutMs - watch.pointUs / 1_000);
  const family = check.ipFamily === 'both' ? 'any' : check.ipFamily;
  const lookup = resolver.lookup(host, family, {
    timeoutMs: Math.min(check.connectTimeoutMs, leftMs),
    onSend: () => watch.begin(),
    onStep: () => watch.event(),
  });
  watch.acted();
  // The socket is made while the resolver works, so that nothing but the system call follows its answer.
  let socket: Dialler | null = isIP(host) === 0 ? createDialler(run, url) : null;
  const found = await lookup;
  run.resolver = found.resolver ?? run.resolver;
  if (!found.ok) {
    socket?.close();
    throw failedNow(run, found);
  }
  if (trail.phase === 'dnsUs') trail.pass(found.resolver === null ? watch.done() : watch.handover(), 'connectUs');
  let refused: Failure = { code: 'dns-no-address', text: `${host} has no address` };
  for (const address of found.addresses.slice(0, MAX_ADDRESSES)) {
    socket ??= createDialler(run, url);
    const dialled = socket;
    const outcome = await socket.dial(address).catch((error: unknown) => {
      dialled.close();
      throw error;
    });
    if (!('code' in outcome)) {
      run.endConnectTimeout();
      return outcome;
    }
    refused = outcome;
    socket = null;
  }
  trail.end(watch.pointUs);
  throw new Failed(refused.code, refused.text);
}

function hostOf(url: URL): string {
  return url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname;
}

function failedNow(run: Run, failure: Failure): Failed {
  run.trail.end(run.watch.event());
  return new Failed(failure.code, failure.text);
}

/** A socket that waits for the address it shall connect to. */
type Dialler = {
  /** Gives the failure when this address cannot be connected to; another one may. Throws {@link Failed} for the rest. */
  dial(address: string): Promise<Connection | Failure>;
  close(): void;
};

/**
 * All that a socket knows of its measurement. Node holds on to each socket, and to what that refers to, until old objects are
 * collected, which is seldom; so this is emptied when the measurement ends, and the functions below refer to nothing else.
 */
type Wire = {
  connectTo: Parameters<LookupFunction>[2] | null;
  connection: Connection | null;
  /** While it is being connected. */
  onError: ((error: NodeJS.ErrnoException) => void) | null;
};

function optionsOf(wire: Wire, port: number) {
  return {
    // Any name: the address comes from `lookup`.
    host: 'target',
    port,
    autoSelectFamily: false,
    lookup: ((_host, _options, done) => {
      wire.connectTo = done;
    }) satisfies LookupFunction,
    onread: {
      buffer: readBuffer,
      callback: (length: number) => {
        wire.connection?.feed?.onData(readBuffer.subarray(0, length));
        return true;
      },
    },
  };
}

function passEvents(socket: Socket, wire: Wire): void {
  const onEnd = () => wire.connection?.feed?.onEnd();
  socket.on('end', onEnd);
  socket.on('close', onEnd);
  socket.on('error', (error: NodeJS.ErrnoException) => {
    if (wire.connection === null) wire.onError?.(error);
    else wire.connection.feed?.onError(error);
  });
}

function createDialler(run: Run, url: URL): Dialler {
  const { check, trail, watch } = run;
  const isTls = url.protocol === 'https:';
  const peer = isTls ? peerCheck(hostOf(url), secureContext(run)) : null;
  const wire: Wire = { connectTo: null, connection: null, onError: null };
  const port = url.port === '' ? (isTls ? 443 : 80) : Number(url.port);
  const options = optionsOf(wire, port);
  const socket = peer === null ? connectTcp(options) : connectTls({ ...options, ...peer.options, ALPNProtocols: protocols(run) });
  passEvents(socket, wire);
  const close = (): void => {
    wire.onError = null;
    socket.destroy();
  };
  return {
    close,
    dial: (address) =>
      run.step<Connection | Failure>(({ done, fail }) => {
        const ready = (tlsVersion: string | null, session: ClientHttp2Session | null) => {
          const connection: Connection = { url, socket, session, remoteIp: address, tlsVersion, feed: null };
          wire.connection = connection;
          wire.onError = null;
          trail.tlsVersion = tlsVersion;
          done(connection);
        };
        const onError = (error: NodeJS.ErrnoException) => {
          if (trail.phase === 'tlsUs') return fail(handshakeFailure(error));
          watch.event();
          done(connectFailure(error, address));
        };
        wire.onError = onError;
        socket.prependOnceListener('connect', () => {
          trail.pass(watch.arrival(), isTls ? 'tlsUs' : 'requestUs');
        });
        socket.once('connect', () => {
          if (isTls) return watch.acted();
          ready(null, check.httpVersion === '2' ? http2Session(url, socket) : null);
        });
        if (socket instanceof TLSSocket && peer !== null) {
          // The handshake is over here; Node compares the name with the certificate before it says so, which takes its time.
          let handshakeUs: number | null = null;
          const mark = () => (handshakeUs ??= watch.arrival(socket.getProtocol() === 'TLSv1.3' ? 1 : 2));
          socket.prependOnceListener('secure', mark);
          socket.once('secureConnect', () => {
            const pointUs = mark();
            const { certExpiresAt, tlsVersion, failure } = peer.judge(socket);
            run.certExpiresAt = certExpiresAt;
            if (failure !== null && check.tlsVerify) return fail(failure);
            const isHttp2 = socket.alpnProtocol === 'h2';
            if (check.httpVersion === '2' && !isHttp2)
              return fail({ code: 'tls-protocol', text: 'the server does not offer HTTP/2' });
            trail.pass(pointUs, 'requestUs');
            ready(tlsVersion, isHttp2 ? http2Session(url, socket) : null);
          });
        }
        trail.remoteIp = address;
        run.ipFamily = isIPv6(address) ? 6 : 4;
        watch.begin();
        wire.connectTo?.(null, address, run.ipFamily);
        wire.connectTo = null;
        watch.acted();
        return close;
      }),
  };
}

function secureContext(run: Run): SecureContext {
  try {
    return run.context.secureContexts.get(run.check.caPem);
  } catch (error) {
    throw failedNow(run, { code: 'probe-failed', text: `the authorities of the check cannot be read: ${String(error)}` });
  }
}

function protocols(run: Run): string[] {
  switch (run.check.httpVersion) {
    case 'auto':
      return ['h2', 'http/1.1'];
    case '1.1':
      return ['http/1.1'];
    case '2':
      return ['h2'];
  }
}

/** Made at once when the connection is ready: the server may send its settings with the end of the handshake. */
function http2Session(url: URL, socket: Socket): ClientHttp2Session {
  const session = connectHttp2(url.origin, {
    createConnection: () => socket,
    settings: { enablePush: false, initialWindowSize: HTTP2_WINDOW_BYTES, maxHeaderListSize: MAX_HEADER_BYTES },
    maxHeaderListPairs: 4_096,
  });
  // Who reads learns of it through its stream and through `close`; without a listener it would be an uncaught error.
  session.on('error', () => {});
  return session;
}
