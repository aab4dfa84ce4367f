/** A push in the delimited protobuf exposition, with native histograms and exemplars. */
import { ByteWriter } from '../../bytes/writer.ts';
import type { Label } from '../../labels/labels.ts';
import { OutcomeError } from '../../outcome.ts';
import { parseProtobufExposition } from '../exposition/protobuf.ts';
import { exemplarLabels, seriesLabels } from '../exposition/series.ts';
import { encodeLabelBlock } from '../label-block.ts';
import type { GroupingKey } from './grouping-key.ts';
import { expositionOutcome, type Push, PushBuilder, type PushOptions } from './pushgateway.ts';

const EXEMPLAR_FIELD = 3;

export function pushOfProtobuf(bytes: Uint8Array, grouping: GroupingKey, options: PushOptions): Push {
  const push = new PushBuilder(grouping, options);
  const pending = new PendingSeries(push, options.nowMs);
  expositionOutcome(() => {
    parseProtobufExposition(bytes, {
      family: (name, type, help, unit) => push.metadata(name, type, help, unit),
      sample: (series, value, timestampMs) => pending.start(series, value, timestampMs),
      histogram: (series, histogram, timestampMs) => pending.start(series, histogram.slice(), timestampMs),
      exemplar: (labels, value, timestampMs) => pending.exemplar(labels, value, timestampMs),
    });
    pending.flush();
  });
  return push.take();
}

/** A series is told before its exemplars, and is written with them. */
class PendingSeries {
  readonly #push: PushBuilder;
  readonly #nowMs: number;
  readonly #exemplars = new ByteWriter(256);
  readonly #message = new ByteWriter(256);
  #labels: readonly Label[] | undefined;
  #value: number | Uint8Array = 0;

  constructor(push: PushBuilder, nowMs: number) {
    this.#push = push;
    this.#nowMs = nowMs;
  }

  start(series: Uint8Array, value: number | Uint8Array, timestampMs: number | undefined): void {
    this.flush();
    this.#labels = seriesLabels(series, 0, series.length);
    if (timestampMs !== undefined) {
      const name = this.#labels.find((label) => label.name === '__name__')?.value ?? '';
      throw new OutcomeError(
        'inconsistent_push',
        `a sample of ${name.slice(0, 200)} has a timestamp, which is not allowed`,
      );
    }
    this.#value = value;
  }

  exemplar(labels: Uint8Array, value: number, timestampMs: number | undefined): void {
    const block = encodeLabelBlock(exemplarLabels(labels, 0, labels.length));
    const message = this.#message.reset().bytes(block).tag(2, 1).double(value);
    message.tag(3, 0).int64(timestampMs ?? this.#nowMs);
    this.#exemplars.bytesField(EXEMPLAR_FIELD, message.view());
  }

  flush(): void {
    if (this.#labels !== undefined) this.#push.sample(this.#labels, this.#value, this.#exemplars.take());
    this.#labels = undefined;
    this.#exemplars.reset();
  }
}
