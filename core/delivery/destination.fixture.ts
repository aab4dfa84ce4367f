/** A destination for tests of this folder and its neighbours. */
import type { Destination } from './destination.ts';

export function testDestination(overrides: Partial<Destination> = {}): Destination {
  return {
    id: 'prometheus.remote_write.mimir',
    componentId: 'prometheus.remote_write.mimir',
    signal: 'metrics',
    protocol: 'remote_write',
    url: 'https://mimir.example/api/v1/push',
    headers: {},
    auth: {},
    timeoutMs: 10_000,
    retry: { minBackoffMs: 100, maxBackoffMs: 10_000, retryOnHttp429: true, maxAgeMs: 0 },
    batch: { maxItems: 2000, maxBytes: 1_000_000, maxWaitMs: 5000 },
    ...overrides,
  };
}
