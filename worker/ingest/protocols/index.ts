/** Every push protocol of the gateway. */
import type { BatchSection } from '../../../core/wire/spillway-batch.ts';
import type { PushProtocol } from '../protocol.ts';
import { influx } from './influx.ts';
import { jaeger } from './jaeger.ts';
import { loki } from './loki.ts';
import { otlpLogs } from './otlp-logs.ts';
import { otlpMetrics } from './otlp-metrics.ts';
import { otlpTraces } from './otlp-traces.ts';
import { pushgateway, pushgatewayDelete } from './pushgateway.ts';
import { pyroscopeIngest } from './pyroscope-ingest.ts';
import { pyroscopePush } from './pyroscope-push.ts';
import { remoteWrite } from './remote-write.ts';
import { zipkin } from './zipkin.ts';

export const PROTOCOLS: readonly PushProtocol[] = [
  remoteWrite,
  influx,
  pushgateway,
  pushgatewayDelete,
  loki,
  otlpMetrics,
  otlpLogs,
  otlpTraces,
  zipkin,
  jaeger,
  pyroscopePush,
  pyroscopeIngest,
];

/** What a section of a batch may be (docs/batch-protocol.md); of one signal, the first whose formats fit. */
const SECTION_PROTOCOLS: readonly PushProtocol[] = [
  remoteWrite,
  otlpMetrics,
  loki,
  otlpLogs,
  otlpTraces,
  pyroscopePush,
  pyroscopeIngest,
];

/** Undefined for a signal that this gateway does not take, or a path that is none of its protocols. */
export function sectionProtocol(section: BatchSection, url: URL): PushProtocol | undefined {
  const ofSignal = SECTION_PROTOCOLS.filter(({ signal }) => signal === section.signal);
  const isThere = ({ routes }: PushProtocol) => routes.some(({ path }) => path === url.pathname);
  const candidates = section.path === undefined ? ofSignal : ofSignal.filter(isThere);
  return candidates.find((protocol) => protocol.negotiate(section).ok) ?? candidates[0];
}
