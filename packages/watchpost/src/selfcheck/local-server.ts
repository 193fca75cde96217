import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parentPort } from 'node:worker_threads';

/** What the answer weighs and how it comes: half at once, half later, so that every phase has a length. */
const BODY = Buffer.alloc(50_000, 'Watchpost ');
const FIRST_BYTE_MS = 40;
const REST_MS = 30;

const server = createServer((request, response) => {
  if (request.url === '/redirect') {
    response.writeHead(302, { location: '/', 'content-length': 0 }).end();
    return;
  }
  setTimeout(() => {
    response.writeHead(200, { 'content-type': 'text/plain', 'content-length': BODY.length });
    response.write(BODY.subarray(0, BODY.length / 2));
    setTimeout(() => response.end(BODY.subarray(BODY.length / 2)), REST_MS);
  }, FIRST_BYTE_MS);
});
server.listen(0, '127.0.0.1', () => parentPort?.postMessage((server.address() as AddressInfo).port));
