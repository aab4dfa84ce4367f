import { describe, expect, it } from 'vitest';
import type { Exporter, HostContext } from '../context.ts';
import { Telemetry } from '../telemetry/metrics.ts';
import { prometheusExporterSelf } from './self.ts';
import { quietContext, readFamilies, unixArguments } from './unix/testing.ts';
import { prometheusExporterUnix } from './unix.ts';

/** The part of the host that exporters use. */
function hostContext(componentId: string): { context: HostContext; hosted: Exporter[] } {
  const hosted: Exporter[] = [];
  const context = {
    ...quietContext,
    componentId,
    telemetry: new Telemetry(),
    listenAddress: '127.0.0.1:12345',
    hostname: 'web-1',
    hostExporter: (exporter: Exporter) => void hosted.push(exporter),
  };
  return { context: context as unknown as HostContext, hosted };
}

describe('prometheus.exporter.unix', () => {
  it('exports one target that points at itself, labelled as Alloy labels it', () => {
    const { context } = hostContext('prometheus.exporter.unix.host');
    const component = prometheusExporterUnix.create(context, unixArguments());
    expect(component.exports().targets).toEqual([
      new Map([
        ['__address__', '127.0.0.1:12345'],
        ['__scheme__', 'http'],
        ['__metrics_path__', '/api/v0/component/prometheus.exporter.unix.host/metrics'],
        ['__meta_component_name', 'prometheus.exporter.unix'],
        ['__meta_component_id', 'prometheus.exporter.unix.host'],
        ['job', 'integrations/unix'],
        ['instance', 'web-1'],
      ]),
    ]);
  });

  it('serves what its latest arguments ask for, and keeps serving the old ones where the new ones are refused', async () => {
    const { context, hosted } = hostContext('prometheus.exporter.unix.host');
    const component = prometheusExporterUnix.create(context, unixArguments({ set_collectors: ['loadavg'] }));
    const names = async () => [...readFamilies(await hosted[0]!.collect()).keys()];
    expect(await names()).toContain('node_load1');
    component.update(unixArguments({ set_collectors: ['uname'] }));
    expect(await names()).not.toContain('node_load1');
    expect(() => component.update(unixArguments({ set_collectors: ['nonsense'] }))).toThrow('unknown collector');
    expect(await names()).toContain('node_uname_info');
    expect(hosted).toHaveLength(1);
  });
});

describe('prometheus.exporter.self', () => {
  it('serves the counters of the agent, its process and its version', async () => {
    const { context, hosted } = hostContext('prometheus.exporter.self.agent');
    context.telemetry.counter('prometheus_target_scrapes_total', 'Scrapes.').add(3);
    const component = prometheusExporterSelf.create(context, {});
    const [target] = component.exports().targets as ReadonlyMap<string, string>[];
    expect(target?.get('job')).toBe('integrations/self');
    const families = readFamilies(await hosted[0]!.collect());
    expect(families.get('prometheus_target_scrapes_total')?.samples.get('')).toBe(3);
    expect(families.get('process_resident_memory_bytes')?.samples.get('')).toBeGreaterThan(1e6);
    expect(families.get('process_cpu_seconds_total')?.type).toBe('counter');
    expect([...families.get('alloy_build_info')!.samples.values()]).toEqual([1]);
  });
});
