import { z } from 'zod';

const phaseUs = z.int().min(0).nullable();

/**
 * Where the time of one HTTP exchange (one hop) went, in microseconds. The phases follow each other without a gap:
 * their sum is exactly the time of the hop. A phase that was not reached is null. In a failed exchange the phase in
 * which it failed holds the time up to the failure.
 *
 * - dnsUs: name lookup. Null when the host is an address literal.
 * - connectUs: TCP connect.
 * - tlsUs: TLS handshake. Null for plain HTTP.
 * - requestUs: from the ready connection to the last byte of the request handed to the system.
 * - waitUs: from there to the first byte of the answer (time to first byte).
 * - receiveUs: from the first to the last byte of the answer.
 */
export const phasesSchema = z.strictObject({
  dnsUs: phaseUs,
  connectUs: phaseUs,
  tlsUs: phaseUs,
  requestUs: phaseUs,
  waitUs: phaseUs,
  receiveUs: phaseUs,
});
export type Phases = z.infer<typeof phasesSchema>;
