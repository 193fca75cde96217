/** The process of a local target: `CERT-FILE KEY-FILE NAMESERVER`. Tells its parent the ports. */
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { buildAnswer, parseQuestion } from '@watchpost/testkit/dns-message';
import type { LocalTargetReady } from './local-target.ts';

const [certFile = '', keyFile = '', nameserver = ''] = process.argv.slice(2);
const ANSWER = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\nConnection: close\r\n\r\n${'x'.repeat(1000)}`;

const serve = (socket: Socket): void => {
  let head = '';
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    head += chunk.toString('latin1');
    if (head.includes('\r\n\r\n')) socket.end(ANSWER);
  });
};

const http = createServer(serve);
const https = createTlsServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, serve);
https.on('tlsClientError', () => {});

/** Answers every name with 127.0.0.1. Resolves with false where port 53 cannot be had. */
function serveDns(): Promise<boolean> {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 4 << 20 });
  socket.on('message', (message, peer) => {
    const question = parseQuestion(message);
    if (question === null) return;
    const records = question.type === 'A' ? [{ type: 'A' as const, value: '127.0.0.1' }] : [];
    socket.send(buildAnswer(question, { records }), peer.port, peer.address);
  });
  return new Promise((resolve) => {
    socket.once('error', () => resolve(false));
    socket.bind(53, nameserver, () => resolve(true));
  });
}

const hasDns = await serveDns();
const listen = { port: 0, host: '127.0.0.1', backlog: 4096 };
const portOf = (server: typeof http): number => (server.address() as AddressInfo).port;
http.listen(listen, () => {
  https.listen(listen, () => {
    const ready: LocalTargetReady = { httpPort: portOf(http), httpsPort: portOf(https), hasDns };
    process.send?.(ready);
  });
});
process.on('disconnect', () => process.exit());
