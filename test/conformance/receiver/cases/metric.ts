/** receiver/metric_test.go: series of float samples. */
import { describe, it } from 'vitest';
import { expectAll, expectRejection, refused, type Subject, send, taken } from '../support/compliance.ts';
import { HOUR_MS, type Labels, sampleOf, startedSampleOf, VALUES } from '../support/samples.ts';

const UP: Labels = { __name__: 'up' };
// Unsorted on purpose: the original sends labels in the order of a Go map.
const TARGET: Labels = { job: 'testjob', __name__: 'up', instance: 'localhost:9090' };
const NAMELESS: Labels = { job: 'testjob', instance: 'localhost:9090' };

export function metricTests(subject: Subject): void {
  describe('TestSingleMetric', () => {
    describe.each(VALUES)('%s', (_, value) => {
      // "Metric names, label names, and label values MUST be any sequence of UTF-8 characters" (Series Labels).
      const one = (labels: Labels) => () => [sampleOf(labels, value)];
      taken(subject, 'simple metric', one(UP));
      taken(subject, 'simple metric with multiple labels', one(TARGET));
      taken(subject, 'simple metric with newlines', one({ ...TARGET, job: 'test\njob\n' }));
      taken(
        subject,
        'simple metric with dots',
        one({ __name__: 'resource.cpu.usage', 'job.name': 'testjob', 'instance.name': 'localhost:9090' }),
      );
      taken(
        subject,
        'simple metric with spaces',
        one({ __name__: 'resource cpu usage', 'job name': 'testjob', 'instance name': 'localhost:9090' }),
      );
      // "It's up to the Receiver what sample is invalid" (Invalid Samples); Prometheus refuses a series without a name.
      refused(subject, 'simple metric without name label', one(NAMELESS));
      refused(subject, 'empty metric', one({}));
    });
  });

  describe('TestCounterWithCreatedTimestamp', () => {
    // "Sample's or Histogram's start_timestamp SHOULD be provided for types that follow counter semantics" (Samples).
    taken(subject, '(body)', () => [startedSampleOf({ __name__: 'http_requests_total', job: 'api' }, 100, HOUR_MS)]);
  });

  describe('TestMultipleMetrics', () => {
    describe.each(VALUES)('%s', (_, value) => {
      const ports = ['9090', '9091', '9092', '9093'];
      const named = () => ports.map((port) => sampleOf({ ...TARGET, instance: `localhost:${port}` }, value));
      const nameless = () => ports.map((port) => sampleOf({ ...NAMELESS, instance: `localhost:${port}` }, value));
      // "Receivers MUST NOT return a 2xx … if any of the pieces of sent data … were NOT written" (Response), and "MUST
      // send … the precise number of successfully written elements" (Required Written Response Headers).
      taken(subject, 'multiple metrics', named);
      refused(subject, 'multiple metrics, without name label', nameless);
      it('multiple metrics, 1 without name label', async () => {
        const [bad] = nameless();
        const rest = named().slice(1);
        const received = await send(subject, bad === undefined ? [] : [bad, ...rest]);
        expectRejection(received, rest, /1 of 4 samples were rejected, the others were taken: 1 missing_metric_name/);
      });
      it('the rest of it alone', async () => {
        const rest = named().slice(1);
        expectAll(await send(subject, rest), rest);
      });
    });
  });
}
