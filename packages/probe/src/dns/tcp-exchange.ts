import { connect } from 'node:net';
import { isAnswerTo, type Query } from './message.ts';
import type { Sent, Waiter } from './udp-server.ts';

/** Length prefix and the longest message (RFC 1035 §4.2.2). */
const MAX_BYTES = 2 + 65_535;
const TCP_ID = 1;

/** Asks one name server over TCP: for answers that do not fit into a UDP packet. */
export function askOverTcp(address: string, port: number, query: Query, waiter: Waiter): Sent {
  const packet = Buffer.alloc(2 + query.message.length);
  packet.writeUInt16BE(query.message.length, 0);
  query.message.copy(packet, 2);
  packet.writeUInt16BE(TCP_ID, 2);
  const socket = connect({ host: address, port });
  let received = Buffer.alloc(0);
  let isOver = false;
  const end = (tell: () => void) => {
    if (isOver) return;
    isOver = true;
    socket.destroy();
    tell();
  };
  socket.once('connect', () => socket.write(packet));
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    if (received.length < 2) return;
    const messageEnd = 2 + received.readUInt16BE(0);
    if (received.length < messageEnd && received.length < MAX_BYTES) return;
    const message = received.subarray(2, messageEnd);
    if (isAnswerTo(message, query, TCP_ID)) end(() => waiter.onAnswer(message));
    else end(() => waiter.onBadAnswer());
  });
  socket.on('error', (error) => end(() => waiter.onError(error)));
  socket.on('close', () => end(() => waiter.onBadAnswer()));
  return { forget: () => end(() => {}) };
}
