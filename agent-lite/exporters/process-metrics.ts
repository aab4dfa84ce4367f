/** The process behind the agent: the names every Prometheus client library uses, and Node's own. */
import { readdirSync, readFileSync } from 'node:fs';
import { VERSION } from '../../core/version.ts';
import type { Telemetry } from '../telemetry/metrics.ts';

/** Registers what is told of the process. Doing it twice changes nothing. */
export function registerProcessMetrics(telemetry: Telemetry): void {
  const gauge = (name: string, help: string, read: () => number) => telemetry.observe(name, help, 'gauge', read);
  telemetry.observe(
    'process_cpu_seconds_total',
    'Total user and system CPU time spent in seconds.',
    'counter',
    cpuSeconds,
  );
  gauge('process_resident_memory_bytes', 'Resident memory size in bytes.', () => process.memoryUsage.rss());
  const startSeconds = (Date.now() - process.uptime() * 1000) / 1000;
  gauge('process_start_time_seconds', 'Start time of the process since unix epoch in seconds.', () => startSeconds);
  if (process.platform === 'linux') {
    gauge('process_open_fds', 'Number of open file descriptors.', openFiles);
    gauge('process_max_fds', 'Maximum number of open file descriptors.', maxOpenFiles);
    gauge('process_virtual_memory_bytes', 'Virtual memory size in bytes.', virtualMemoryBytes);
  }
  gauge(
    'nodejs_heap_size_total_bytes',
    'Process heap size from Node.js in bytes.',
    () => process.memoryUsage().heapTotal,
  );
  gauge(
    'nodejs_heap_size_used_bytes',
    'Process heap size used from Node.js in bytes.',
    () => process.memoryUsage().heapUsed,
  );
  gauge('nodejs_external_memory_bytes', 'Node.js external memory size in bytes.', () => process.memoryUsage().external);
  telemetry.gauge('nodejs_version_info', 'Node.js version info.', { version: process.version }).set(1);
}

/** What Alloy's dashboards look for to find agents and their versions. */
export function registerBuildInfo(telemetry: Telemetry): void {
  telemetry
    .gauge('alloy_build_info', "A metric with a constant '1' value labeled by the version of the agent.", {
      goos: process.platform,
      version: VERSION,
    })
    .set(1);
}

export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Less the one that reading the folder opens. */
function openFiles(): number {
  return Math.max(0, readdirSync('/proc/self/fd').length - 1);
}

function maxOpenFiles(): number {
  return processLimit(/^Max open files\s+(\d+)/m);
}

export function memoryLimitBytes(): number {
  return processLimit(/^Max address space\s+(\d+)/m);
}

/** Infinite where it says `unlimited`. */
function processLimit(pattern: RegExp): number {
  const limit = pattern.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
  return limit === undefined ? Number.POSITIVE_INFINITY : Number(limit);
}

export function virtualMemoryBytes(): number {
  const kilobytes = /^VmSize:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(kilobytes ?? 0) * 1024;
}
