/** receiver/rw1_compat_test.go: a receiver of 2.0 MAY take 1.0 as well ("2.x vs 1.x Compatibility"), and this one does. */
import { describe, expect, it } from 'vitest';
import { snappyEncode } from '../../../../core/codec/snappy.ts';
import { writeRequestBody } from '../../../support/remote-write-client.ts';
import type { Subject } from '../support/compliance.ts';

// The original sends no version header, and neither did the oldest senders.
const VERSION_1 = { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' };

function body(): Uint8Array {
  const timestampMs = Date.now();
  return snappyEncode(
    writeRequestBody([
      { labels: { __name__: 'up', job: 'testjob', instance: 'localhost:9090' }, value: 1, timestampMs },
      { labels: { __name__: 'http_requests_total' }, value: 100, timestampMs },
    ]),
  );
}

export function rw1CompatTests(subject: Subject): void {
  describe('TestRW1BasicCompatibility', () => {
    it('(body)', async () => {
      const { status, written, asVersion1, asVersion2 } = await subject().post(body(), VERSION_1);
      expect(status).toBe(204);
      // The suite takes a header with a number for a mistake here: 1.0 knows none.
      expect(written).toEqual({ Samples: undefined, Histograms: undefined, Exemplars: undefined });
      expect(asVersion1.map(({ samples }) => samples.map(({ value }) => value))).toEqual([[1], [100]]);
      expect(asVersion2).toEqual(asVersion1);
    });
  });

  describe('TestRW1ErrorHandling', () => {
    it('(body)', async () => {
      const corrupt = body();
      corrupt[0] = 0xff;
      const { status, asVersion1 } = await subject().post(corrupt, VERSION_1);
      expect(status).toBe(400);
      expect(asVersion1).toEqual([]);
    });
  });
}
