/** The components that run on both sides or at the edge only. The host adds its sources (agent-lite/components). */
import type { AnyComponentDefinition } from '../alloy/component.ts';
import { lokiProcess } from './components/loki-process.ts';
import { lokiRelabel } from './components/loki-relabel.ts';
import { lokiWrite } from './components/loki-write.ts';
import { otelcolExporterLoki } from './components/otelcol-exporter-loki.ts';
import { otelcolExporterOtlphttp } from './components/otelcol-exporter-otlphttp.ts';
import { otelcolExporterPrometheus } from './components/otelcol-exporter-prometheus.ts';
import { otelcolProcessorBatch } from './components/otelcol-processor-batch.ts';
import { prometheusRelabel } from './components/prometheus-relabel.ts';
import { prometheusRemoteWrite } from './components/prometheus-remote-write.ts';
import { pyroscopeRelabel } from './components/pyroscope-relabel.ts';
import { pyroscopeWrite } from './components/pyroscope-write.ts';
import { spillwayReceive } from './components/spillway-receive.ts';

export const sharedComponents: readonly AnyComponentDefinition[] = [
  lokiProcess,
  lokiRelabel,
  lokiWrite,
  otelcolExporterLoki,
  otelcolExporterOtlphttp,
  otelcolExporterPrometheus,
  otelcolProcessorBatch,
  prometheusRelabel,
  prometheusRemoteWrite,
  pyroscopeRelabel,
  pyroscopeWrite,
  spillwayReceive,
];

/** The same by name, as the controller takes them. */
export const sharedRegistry: ReadonlyMap<string, AnyComponentDefinition> = new Map(
  sharedComponents.map((definition) => [definition.name, definition]),
);
