/** `alloy_resources_*`: what Alloy tells of its process and of the machine's network, read when somebody asks. */
import { readFileSync } from 'node:fs';
import { cpuSeconds, memoryLimitBytes, virtualMemoryBytes } from '../exporters/process-metrics.ts';
import type { Telemetry } from './metrics.ts';

export function registerResourceMetrics(telemetry: Telemetry): void {
  const add = (type: 'counter' | 'gauge', name: string, help: string, read: () => number): void => {
    telemetry.observe(`alloy_resources_${name}`, help, type, read);
  };
  const startSeconds = Math.round(Date.now() / 1000 - process.uptime());
  add('counter', 'process_cpu_seconds_total', 'Total user and system CPU time spent in seconds.', cpuSeconds);
  add('gauge', 'process_resident_memory_bytes', 'Current resident memory size in bytes.', () =>
    process.memoryUsage.rss(),
  );
  add(
    'gauge',
    'process_start_time_seconds',
    'Start time of the process since unix epoch in seconds.',
    () => startSeconds,
  );
  if (process.platform !== 'linux') return;
  add('gauge', 'process_virtual_memory_bytes', 'Current virtual memory size in bytes.', virtualMemoryBytes);
  add('gauge', 'process_virtual_memory_max_bytes', 'Maximum virtual memory size in bytes.', memoryLimitBytes);
  const received = 'Total bytes, over all network interfaces, received by the system.';
  const sent = 'Total bytes, over all network interfaces, sent by the system.';
  add('counter', 'machine_rx_bytes_total', received, () => networkBytes().received);
  add('counter', 'machine_tx_bytes_total', sent, () => networkBytes().sent);
}

/** proc(5): after the name come eight numbers of receiving, of which the first is bytes, then those of sending. */
function networkBytes(): { readonly received: number; readonly sent: number } {
  let received = 0;
  let sent = 0;
  for (const line of readFileSync('/proc/net/dev', 'utf8').split('\n')) {
    const fields = line
      .slice(line.indexOf(':') + 1)
      .trim()
      .split(/\s+/);
    if (!line.includes(':') || fields.length < 9) continue;
    received += Number(fields[0]);
    sent += Number(fields[8]);
  }
  return { received, sent };
}
