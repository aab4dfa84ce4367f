/** A remote-write body of what the real node_exporter says of this machine, as if several machines said it. */
import { snappyEncode } from '../core/codec/snappy.ts';
import { LabelsBuilder } from '../core/labels/labels.ts';
import { parseExposition, seriesLabels } from '../core/wire/exposition/exposition.ts';
import { encodeLabelBlock, WriteRequestBuilder } from '../core/wire/remote-write/v1.ts';
import { startNodeExporter } from '../test/support/peers.ts';

/** One body of Prometheus' default size: 2,000 samples to a request. */
const INSTANCES = 4;

export interface WriteBody {
  readonly compressed: Uint8Array;
  readonly rawBytes: number;
  readonly samples: number;
}

export async function captureNodeExporterBody(): Promise<WriteBody> {
  const [body] = await captureNodeExporterBodies(1);
  return body!;
}

/** Bodies of four instances each, every one of other instances: no series twice. */
export async function captureNodeExporterBodies(count: number): Promise<WriteBody[]> {
  const nodeExporter = await startNodeExporter();
  try {
    const text = new Uint8Array(await (await fetch(`${nodeExporter.url}/metrics`)).arrayBuffer());
    const timestampMs = Date.now();
    return Array.from({ length: count }, (_, i) => encode(text, i * INSTANCES, timestampMs));
  } finally {
    await nodeExporter.stop();
  }
}

function encode(text: Uint8Array, firstInstance: number, timestampMs: number): WriteBody {
  const builder = new WriteRequestBuilder();
  for (let instance = firstInstance + 1; instance <= firstInstance + INSTANCES; instance++) {
    parseExposition(text, 'text', {
      sample(start, end, value) {
        const labels = new LabelsBuilder(seriesLabels(text, start, end))
          .set('instance', `host-${instance}.example.com:9100`)
          .set('job', 'node');
        builder.addSample(encodeLabelBlock(labels.labels()), value, timestampMs);
      },
    });
  }
  const { samples } = builder;
  const raw = builder.take();
  return { compressed: snappyEncode(raw), rawBytes: raw.length, samples };
}
