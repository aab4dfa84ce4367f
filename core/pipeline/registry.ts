/** The components that run on both sides or at the edge only. The host adds its sources (agent-lite/components). */
import type { AnyComponentDefinition } from '../alloy/component.ts';
import { lokiProcess } from './components/loki-process.ts';
import { lokiRelabel } from './components/loki-relabel.ts';
import { lokiWrite } from './components/loki-write.ts';
import { otelcolExporterOtlphttp } from './components/otelcol-exporter-otlphttp.ts';
import { prometheusRelabel } from './components/prometheus-relabel.ts';
import { prometheusRemoteWrite } from './components/prometheus-remote-write.ts';
import { spillwayReceive } from './components/spillway-receive.ts';

export const sharedComponents: readonly AnyComponentDefinition[] = [
  lokiProcess,
  lokiRelabel,
  lokiWrite,
  otelcolExporterOtlphttp,
  prometheusRelabel,
  prometheusRemoteWrite,
  spillwayReceive,
];

/** The same by name, as the controller takes them. */
export const sharedRegistry: ReadonlyMap<string, AnyComponentDefinition> = new Map(
  sharedComponents.map((definition) => [definition.name, definition]),
);
