/** The process of a local target: `CERT-FILE KEY-FILE`. Tells its parent the ports. */
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

const [certFile = '', keyFile = ''] = process.argv.slice(2);
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
const listen = { port: 0, host: '127.0.0.1', backlog: 4096 };
http.listen(listen, () => {
  https.listen(listen, () =>
    process.send?.({ httpPort: (http.address() as AddressInfo).port, httpsPort: (https.address() as AddressInfo).port }),
  );
});
process.on('disconnect', () => process.exit());
