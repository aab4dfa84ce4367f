/** What the receiver knows: exact counts since its start and bounded windows of the newest data. Memory only. */
import { formatLabels, type Labels } from '../../core/labels/labels.ts';
import type { LogEntry, LogStream } from '../../core/pipeline/signals.ts';
import type { ReceiverSummary } from '../../ui/receiver/api.ts';
import { Recent } from './recent.ts';
import { DistinctCounter, SeriesWindow } from './series-window.ts';

/** Of text, for lines, spans and labels of profiles each: a window of long lines must not take the machine. */
const MAX_WINDOW_BYTES = 32 * 1024 * 1024;

export interface HeldLine {
  readonly labels: Labels;
  readonly entry: LogEntry;
}

export interface HeldSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly service: string;
  readonly name: string;
  readonly kind: string;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly status: 'unset' | 'ok' | 'error';
  readonly statusMessage: string;
  readonly attributes: Labels;
}

/** One series of a push, or one request to /ingest. The profiles themselves are not kept: nothing here reads them. */
export interface HeldProfile {
  readonly receivedAtMs: number;
  readonly labels: Labels;
  readonly profiles: number;
  readonly bytes: number;
  readonly format: string;
}

export class ReceiverStore {
  readonly series: SeriesWindow;
  readonly lines: Recent<HeldLine>;
  readonly spans: Recent<HeldSpan>;
  readonly profiles: Recent<HeldProfile>;
  readonly #streams = new DistinctCounter();
  readonly #profileSeries = new DistinctCounter();
  #profileCount = 0;

  constructor(windowItems: number) {
    this.series = new SeriesWindow(windowItems);
    this.lines = new Recent(windowItems, MAX_WINDOW_BYTES);
    this.spans = new Recent(windowItems, MAX_WINDOW_BYTES);
    this.profiles = new Recent(windowItems, MAX_WINDOW_BYTES);
  }

  summary(): ReceiverSummary {
    return {
      metrics: { series: this.series.distinct, samples: this.series.samples },
      logs: { streams: this.#streams.count, lines: this.lines.total },
      traces: { spans: this.spans.total },
      profiles: { series: this.#profileSeries.count, profiles: this.#profileCount },
    };
  }

  addStream(stream: LogStream): void {
    this.#streams.add(formatLabels(stream.labels));
    for (const entry of stream.entries) {
      this.lines.add({ labels: stream.labels, entry }, entry.line.length + textLength(entry.metadata));
    }
  }

  addProfile(profile: HeldProfile): void {
    this.#profileCount += profile.profiles;
    this.#profileSeries.add(formatLabels(profile.labels));
    this.profiles.add(profile, 200 + profile.format.length + textLength(profile.labels));
  }

  addSpan(span: HeldSpan): void {
    this.spans.add(span, 200 + span.name.length + textLength(span.attributes));
  }
}

function textLength(labels: Labels): number {
  return labels.reduce((sum, { name, value }) => sum + name.length + value.length, 0);
}
