/** Version of the agent protocol this build speaks. A server serves this one and the one before. */
export const PROTOCOL_VERSION = 1;

/** Header that names the records of a batch: `<epoch>:<first>-<last>`, all decimal integers. */
export const BATCH_HEADER = 'watchpost-batch';

/** Header in which an agent states the protocol version it speaks. */
export const PROTOCOL_HEADER = 'watchpost-protocol';

/** Limits that both ends of the wire keep. */
export const WIRE_LIMITS = {
  /** Records in one batch. */
  batchRecords: 2_000,
  /** Bytes of one batch after decompression. */
  batchBytes: 8 * 1024 * 1024,
  /** Bytes of one record as JSON. */
  recordBytes: 64 * 1024,
  /** Bytes of one record of the command audit as JSON. */
  commandBytes: 4 * 1024 * 1024,
  /** Seconds an agent may wait in one long poll for new settings. */
  configWaitS: 30,
} as const;
