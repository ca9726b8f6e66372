/** `durable`: what is committed survives a power cut. `none`: faster, and lost with the machine; for tests only. */
export type Durability = 'durable' | 'none';

/**
 * The server's settings, given on its command line, so that no edited file in the data folder can differ from them.
 * Only a Unix socket is opened: no port to collide with, nothing reachable from the network.
 */
export function serverSettings(options: { socketFolder: string; logFolder: string; durability: Durability }): Record<string, string> {
  const durable = options.durability === 'durable' ? 'on' : 'off';
  return {
    listen_addresses: '',
    unix_socket_directories: options.socketFolder,
    unix_socket_permissions: '0700',
    max_connections: '200',
    shared_buffers: '128MB',
    // The default shared memory of containers (64 MB) is too small for parallel workers.
    max_parallel_workers_per_gather: '0',
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    fsync: durable,
    synchronous_commit: durable,
    full_page_writes: durable,
    logging_collector: 'on',
    log_directory: options.logFolder,
    // One file per weekday, overwritten a week later: the log cannot fill the disk.
    log_filename: 'postgres-%a.log',
    log_truncate_on_rotation: 'on',
    log_rotation_age: '1d',
    log_rotation_size: '0',
  };
}
