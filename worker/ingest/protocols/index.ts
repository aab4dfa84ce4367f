/** Every push protocol of the gateway. */
import type { Signal } from '../../../core/pipeline/signals.ts';
import type { FormatHeaders } from '../format.ts';
import type { PushProtocol } from '../protocol.ts';
import { loki } from './loki.ts';
import { otlpTraces } from './otlp-traces.ts';
import { remoteWrite } from './remote-write.ts';

export const PROTOCOLS: readonly PushProtocol[] = [remoteWrite, loki, otlpTraces];

/** What a section of a batch may be (docs/batch-protocol.md); of one signal, the first whose formats fit. */
const SECTION_PROTOCOLS: readonly PushProtocol[] = [remoteWrite, loki, otlpTraces];

/** Undefined for a signal that this gateway does not take. */
export function sectionProtocol(signal: Signal, headers: FormatHeaders): PushProtocol | undefined {
  const candidates = SECTION_PROTOCOLS.filter((protocol) => protocol.signal === signal);
  return candidates.find((protocol) => protocol.negotiate(headers).ok) ?? candidates[0];
}
