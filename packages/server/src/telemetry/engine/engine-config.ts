/** Header that carries the secret of a private engine: without it the engine answers nothing but `/ping`. */
export const ENGINE_SECRET_HEADER = 'x-watchpost-engine';

/** Sizes of a private engine, bytes unless named otherwise. Small: the whole server stays below 700 MB. */
export const ENGINE_LIMITS = {
  serverMemory: 420_000_000,
  markCache: 16 * 1024 * 1024,
  indexCache: 16 * 1024 * 1024,
  /** Inserts are refused when less is free, so that reading and dropping old data still work on a full disk. */
  diskReserve: 64 * 1024 * 1024,
  /** A merge has a buffer of this size for each stream of each column: a megabyte each made 190 MB of a merge of results, this makes 50. */
  compressBlock: 128 * 1024,
  mergeThreads: 2,
  threads: 128,
} as const;

/** Configuration file of a private engine: loopback only, the secret asked of every query, caches kept small. */
export function engineConfig(options: { readonly port: number; readonly secret: string }): string {
  const limits = ENGINE_LIMITS;
  return `<clickhouse>
  <listen_host>127.0.0.1</listen_host>
  <http_port>${options.port}</http_port>
  <keep_alive_timeout>10</keep_alive_timeout>
  <http_handlers>
    <rule><url>/ping</url><methods>GET</methods>
      <handler><type>static</type><status>200</status><content_type>text/plain</content_type><response_content>Ok.</response_content></handler></rule>
    <rule><headers><${ENGINE_SECRET_HEADER}>${options.secret}</${ENGINE_SECRET_HEADER}></headers>
      <handler><type>dynamic_query_handler</type><query_param_name>query</query_param_name></handler></rule>
  </http_handlers>
  <mark_cache_size>${limits.markCache}</mark_cache_size>
  <primary_index_cache_size>${limits.indexCache}</primary_index_cache_size>
  <index_mark_cache_size>4194304</index_mark_cache_size>
  <index_uncompressed_cache_size>0</index_uncompressed_cache_size>
  <uncompressed_cache_size>0</uncompressed_cache_size>
  <query_condition_cache_size>4194304</query_condition_cache_size>
  <mmap_cache_size>100</mmap_cache_size>
  <compiled_expression_cache_size>4194304</compiled_expression_cache_size>
  <max_server_memory_usage>${limits.serverMemory}</max_server_memory_usage>
  <background_pool_size>${limits.mergeThreads}</background_pool_size>
  <background_schedule_pool_size>2</background_schedule_pool_size>
  <background_buffer_flush_schedule_pool_size>1</background_buffer_flush_schedule_pool_size>
  <background_distributed_schedule_pool_size>2</background_distributed_schedule_pool_size>
  <max_thread_pool_size>${limits.threads}</max_thread_pool_size>
  <merge_tree>
    <max_compress_block_size>${limits.compressBlock}</max_compress_block_size>
    <min_free_disk_bytes_to_perform_insert>${limits.diskReserve}</min_free_disk_bytes_to_perform_insert>
  </merge_tree>
</clickhouse>
`;
}
