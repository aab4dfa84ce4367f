import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../bytes/writer.ts';
import { labelsFromRecord } from '../labels/labels.ts';
import { decodeWriteRequest, encodeLabelBlock, WriteRequestBuilder } from '../wire/remote-write/v1.ts';
import { MetricsPlan } from './metrics-plan.ts';
import { loadPipeline } from './pipeline.fixture.ts';

/** Series of native histograms with these counts of observations; only 0 is sound, since there are no buckets. */
function bodyOf(...counts: readonly number[]): Uint8Array {
  const builder = new WriteRequestBuilder();
  const plain = encodeLabelBlock(labelsFromRecord({ __name__: 'up' }));
  builder.addSample(plain, 1, 1);
  for (const count of counts) {
    const histogram = new ByteWriter().varintField(1, count).varintField(15, 9).take();
    const rest = new ByteWriter().bytesField(4, histogram).bytesField(3, new Uint8Array([0x18, 1]));
    const block = encodeLabelBlock(labelsFromRecord({ __name__: 'h', count: String(count) }));
    builder.addSeries(block, rest.view(), 0, rest.length, 1);
  }
  return builder.take();
}

function planOf(...endpoints: readonly string[]) {
  const writers = endpoints.map(
    (more, i) =>
      `prometheus.remote_write "w${i}" { endpoint {\n url = "https://mimir.example/api/v1/push"\n ${more}\n } }`,
  );
  const receivers = endpoints.map((_, i) => `prometheus.remote_write.w${i}.receiver`).join(', ');
  const { entry } = loadPipeline(`spillway.receive "in" { metrics = [${receivers}] }\n${writers.join('\n')}`);
  return new MetricsPlan(() => entry.metrics, { maxMemoBytes: 1e6, validate: true });
}

const WANTED = 'send_native_histograms = true';

describe('native histograms in a pipeline', () => {
  it('that make no sense cost their series, which is told of with its exemplars', () => {
    const { outputs, rejected, received, dropped } = planOf(WANTED).run({ body: bodyOf(0, 7, 8) });
    expect({ received, dropped }).toEqual({ received: 4, dropped: 0 });
    expect(rejected).toEqual([
      {
        reason: 'native_histogram_count_mismatch',
        series: 2,
        samples: 2,
        histograms: 2,
        exemplars: 2,
        example: '{__name__="h", count="7"}',
      },
    ]);
    expect(outputs).toMatchObject([{ samples: 2, histograms: 1 }]);
    const names = decodeWriteRequest(outputs[0].body).series.map(({ labels }) => labels[0].value);
    expect(names).toEqual(['up', 'h']);
  });

  it('are dropped where no endpoint takes them, as in Alloy, and only there', () => {
    const none = planOf('', '').run({ body: bodyOf(0) });
    expect(none.dropped).toBe(1);
    expect(none.drops).toEqual(
      ['prometheus.remote_write.w0', 'prometheus.remote_write.w1'].map((componentId) => {
        return { componentId, reason: 'send_native_histograms', samples: 1, series: 1 };
      }),
    );
    const one = planOf('', WANTED).run({ body: bodyOf(0) });
    expect([one.dropped, one.drops.length]).toEqual([0, 1]);
    expect(planOf(WANTED).run({ body: bodyOf(0) }).drops).toEqual([]);
  });

  it('are no matter for the body that is handed on: it is the one that came', () => {
    const body = bodyOf(0);
    expect(planOf('').run({ body }).outputs).toMatchObject([{ unchanged: true, samples: 2, histograms: 1 }]);
  });
});
