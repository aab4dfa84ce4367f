// The package has no types; this is what the tests use of it.
declare module 'jaeger-client' {
  import type { Tracer } from 'opentracing';
  export function initTracer(
    config: {
      serviceName: string;
      sampler: { type: string; param: number };
      reporter: { collectorEndpoint: string; username?: string; password?: string; flushIntervalMs?: number };
    },
    options: { tags?: Record<string, string>; logger?: { info(text: string): void; error(text: string): void } },
  ): Tracer & { close(done: () => void): void };
}
