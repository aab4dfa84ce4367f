/**
 * A push to a Pushgateway as a remote-write body: the grouping key in the path overrides labels of the metrics, samples
 * get the time of arrival, `push_time_seconds` is added. What a Pushgateway refuses is refused: samples with a timestamp,
 * and two samples of one series. Nothing is stored here, so a push is one sample of each series.
 */
import { formatLabels, type Label, LabelsBuilder, METRIC_NAME_LABEL } from '../../labels/labels.ts';
import { OutcomeError } from '../../outcome.ts';
import { ExpositionError, expositionError } from '../exposition/error.ts';
import { type ExpositionFormat, type MetricType, parseExposition } from '../exposition/exposition.ts';
import { helpText, metadataName, seriesLabels } from '../exposition/series.ts';
import { encodeLabelBlock } from '../label-block.ts';
import { normaliseNumberLabels } from '../number-labels.ts';
import { WriteRequestBuilder } from '../remote-write/builder.ts';
import type { GroupingKey } from './grouping-key.ts';

export interface Push {
  /** A WriteRequest. */
  readonly body: Uint8Array<ArrayBuffer>;
  readonly samples: number;
}

export interface PushOptions {
  readonly nowMs: number;
  /** Of what is written: every series repeats the grouping key. */
  readonly maxBytes: number;
}

export const PUSH_TIME = 'push_time_seconds';
const PUSH_TIME_HELP = 'Last Unix time when this group was pushed through the gateway.';
const TEXT: ExpositionFormat = 'text';

/** Collects the samples of one push and refuses what does not go together. */
export class PushBuilder {
  readonly #builder = new WriteRequestBuilder();
  readonly #grouping: GroupingKey;
  readonly #nowMs: number;
  readonly #maxBytes: number;
  readonly #seen = new Set<string>();

  constructor(grouping: GroupingKey, { nowMs, maxBytes }: PushOptions) {
    this.#grouping = grouping;
    this.#nowMs = nowMs;
    this.#maxBytes = maxBytes;
  }

  /**
   * The labels as pushed, metric name included; the value, or an encoded native histogram without a timestamp; encoded
   * exemplars.
   */
  sample(pushed: Iterable<Label>, value: number | Uint8Array, exemplars?: Uint8Array<ArrayBuffer>): void {
    const labels = this.#group(pushed);
    if (labels.get(METRIC_NAME_LABEL) === PUSH_TIME) return;
    const block = this.#blockOf(labels);
    if (typeof value === 'number') this.#builder.addSample(block, value, this.#nowMs, exemplars);
    else this.#builder.addHistogram(block, value, this.#nowMs, exemplars);
    if (this.#builder.length > this.#maxBytes) {
      throw new OutcomeError('body_too_large', `the series of the push take more than ${this.#maxBytes} bytes`);
    }
  }

  metadata(family: string, type: MetricType, help: string, unit = ''): void {
    if (family !== PUSH_TIME) this.#builder.addMetadata({ family, type, help, unit });
  }

  take(): Push {
    const labels = this.#group([{ name: METRIC_NAME_LABEL, value: PUSH_TIME }]);
    this.#builder.addSample(this.#blockOf(labels), this.#nowMs / 1000, this.#nowMs);
    this.#builder.addMetadata({ family: PUSH_TIME, type: 'gauge', help: PUSH_TIME_HELP, unit: '' });
    const { samples } = this.#builder;
    return { body: this.#builder.take(), samples };
  }

  #group(pushed: Iterable<Label>): LabelsBuilder {
    const labels = new LabelsBuilder(pushed);
    for (const [name, value] of this.#grouping) labels.set(name, value);
    return labels;
  }

  #blockOf(builder: LabelsBuilder): Uint8Array {
    const labels = builder.labels();
    const text = formatLabels(labels);
    if (this.#seen.has(text)) {
      const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text;
      throw new OutcomeError('inconsistent_push', `${shown} is pushed twice, with the labels of the URL applied`);
    }
    this.#seen.add(text);
    return encodeLabelBlock(labels);
  }
}

/** A body in the text format 0.0.4. */
export function pushOfText(bytes: Uint8Array, grouping: GroupingKey, options: PushOptions): Push {
  const push = new PushBuilder(grouping, options);
  expositionOutcome(() => readText(bytes, push));
  return push.take();
}

export function expositionOutcome(read: () => void): void {
  try {
    read();
  } catch (error) {
    if (error instanceof ExpositionError) throw new OutcomeError('malformed_exposition', error.message);
    throw error;
  }
}

function readText(bytes: Uint8Array, push: PushBuilder): void {
  const types = new Map<string, MetricType>();
  let latestType: MetricType | undefined;
  const helps = new Map<string, string>();
  parseExposition(bytes, TEXT, {
    sample(start, end, value, timestampMs) {
      if (timestampMs !== undefined) {
        const error = expositionError(bytes, start, 'a pushed sample must not have a timestamp');
        throw new OutcomeError('inconsistent_push', error.message);
      }
      push.sample(normaliseNumberLabels(seriesLabels(bytes, start, end), latestType), value);
    },
    type: (start, end, type) => {
      latestType = type;
      types.set(metadataName(bytes, start, end), type);
    },
    help: (start, end, textStart, textEnd) =>
      helps.set(metadataName(bytes, start, end), helpText(bytes, textStart, textEnd, TEXT)),
  });
  for (const family of new Set([...types.keys(), ...helps.keys()])) {
    push.metadata(family, types.get(family) ?? 'unknown', helps.get(family) ?? '');
  }
}
