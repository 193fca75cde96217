/** Sentinels: a column that may be null costs a file more, so null is a value no result can have. */
export const NULL_US = 4_294_967_295;
export const NULL_COUNT = -1;
export const NULL_TIME = -9_007_199_254_740_991;
/** In a difference column: the value is null although one could be predicted. */
export const NULL_DIFFERENCE = -9_007_199_254_740_991;
/** In a speed column: the value follows from size and time, in one of three roundings; or it is null. */
export const SPEED = { exact: -1, rounded: -2, floored: -3, null: -4 } as const;

export const PHASE_COLUMNS = ['redirect_us', 'dns_us', 'connect_us', 'tls_us', 'request_us', 'wait_us', 'receive_us'] as const;

/** libcurl's times, kept as differences from what the phases predict: nearly always 0. */
export const DIFFERENCE_COLUMNS = [
  'name_lookup_diff',
  'connect_diff',
  'app_connect_diff',
  'pre_transfer_diff',
  'start_transfer_diff',
  'redirect_diff',
] as const;

/** text: a string that seldom comes again. */
export type WireType = 'string' | 'text' | 'u8' | 'u16' | 'u32' | 'i64' | 'f64';

/** A column of `results`: SQL type, codec, and how a value is written in RowBinary. */
export type ResultColumn = { readonly name: string; readonly type: string; readonly codec: string; readonly wire: WireType };

const column = (name: string, type: string, codec: string, wire: WireType): ResultColumn => ({ name, type, codec, wire });
const phase = (name: string): ResultColumn => column(name, 'UInt32', 'T64, ZSTD(3)', 'u32');

export const OUTCOMES = ['up', 'degraded', 'down', 'unknown'] as const;
export const FAULTS = ['', 'target', 'network', 'resolver', 'probe'] as const;
export const SERIES = ['any', 'v4', 'v6'] as const;
export const KINDS = ['http', 'tcp', 'tls', 'dns', 'icmp'] as const;

const enumeration = (values: readonly string[]): string =>
  `Enum8(${values.map((value, index) => `'${value}' = ${index}`).join(', ')})`;

/** Columns of the table `results`, in the order in which rows are written. */
export const RESULT_COLUMNS: readonly ResultColumn[] = [
  column('target_id', 'LowCardinality(String)', 'ZSTD(3)', 'string'),
  column('vantage', 'LowCardinality(String)', 'ZSTD(3)', 'string'),
  column('series', enumeration(SERIES), 'ZSTD(3)', 'u8'),
  column('kind', enumeration(KINDS), 'ZSTD(3)', 'u8'),
  column('agent_id', 'LowCardinality(String)', 'ZSTD(3)', 'string'),
  column('epoch', 'Int64', 'Delta, ZSTD(3)', 'i64'),
  column('sequence', 'Int64', 'Delta, ZSTD(3)', 'i64'),
  column('round_at', "DateTime64(3, 'UTC')", 'DoubleDelta, ZSTD(3)', 'i64'),
  column('start_offset_ms', 'Int64', 'T64, ZSTD(3)', 'i64'),
  column('received_at', "DateTime64(3, 'UTC')", 'Delta, ZSTD(3)', 'i64'),
  column('outcome', enumeration(OUTCOMES), 'ZSTD(3)', 'u8'),
  column('fault', enumeration(FAULTS), 'ZSTD(3)', 'u8'),
  column('error_code', 'LowCardinality(String)', 'ZSTD(3)', 'string'),
  column('error_text', 'String', 'ZSTD(3)', 'string'),
  column('http_status', 'UInt16', 'ZSTD(3)', 'u16'),
  column('total_us', 'UInt32', 'T64, ZSTD(3)', 'u32'),
  ...PHASE_COLUMNS.map(phase),
  ...DIFFERENCE_COLUMNS.map((name) => column(name, 'Int64', 'T64, ZSTD(3)', 'i64')),
  column('url', 'LowCardinality(String)', 'ZSTD(3)', 'string'),
  column('hops', 'String', 'ZSTD(3)', 'string'),
  column('redirect_count', 'UInt16', 'ZSTD(3)', 'u16'),
  column('size_download', 'Int64', 'T64, ZSTD(3)', 'i64'),
  column('size_decoded', 'Int64', 'T64, ZSTD(3)', 'i64'),
  column('body_truncated', 'UInt8', 'ZSTD(3)', 'u8'),
  column('header_size', 'Int64', 'T64, ZSTD(3)', 'i64'),
  column('request_size', 'Int64', 'T64, ZSTD(3)', 'i64'),
  column('content_length', 'Int64', 'T64, ZSTD(3)', 'i64'),
  column('speed_download', 'Float64', 'ZSTD(3)', 'f64'),
  column('speed_transfer', 'Float64', 'ZSTD(3)', 'f64'),
  column('remote_ip', 'LowCardinality(String)', 'ZSTD(3)', 'string'),
  column('ip_family', 'UInt8', 'ZSTD(3)', 'u8'),
  column('resolver', 'LowCardinality(String)', 'ZSTD(3)', 'string'),
  column('http_version', 'LowCardinality(String)', 'ZSTD(3)', 'string'),
  column('tls_version', 'LowCardinality(String)', 'ZSTD(3)', 'string'),
  column('cert_expires_at', 'Int64', 'Delta, ZSTD(3)', 'i64'),
  column('file_time', 'Int64', 'Delta, ZSTD(3)', 'i64'),
  column('details', 'String', 'ZSTD(3)', 'string'),
  column('uncertainty_us', 'UInt32', 'T64, ZSTD(3)', 'u32'),
  column('remeasured', 'UInt8', 'ZSTD(3)', 'u8'),
];

/** Bytes per second over the total time: the stored value, or what size and time give. */
export const SPEED_SQL = `toUInt64(round(if(speed_download >= 0, speed_download, if(total_us = 0, 0, size_download * 1000000. / total_us))))`;
