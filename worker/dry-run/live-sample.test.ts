import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../core/bytes/writer.ts';
import { decodeWriteRequest } from '../../core/wire/remote-write/v1.ts';
import type { DecodedBatch } from '../ingest/protocol.ts';
import { upSample, writeRequest } from '../testing/gateway.ts';
import { liveSample, MAX_SAMPLE_BYTES, pieces } from './live-sample.ts';

function sampled(batch: DecodedBatch) {
  return liveSample({ batch, items: () => 0, bytes: 0 }, { cluster: 'eu' });
}

function wide(name: string) {
  return { labels: { __name__: name, wide: 'x'.repeat(2_000) }, value: 1, timestampMs: 1 };
}

describe('a sample of a push', () => {
  it('is a copy: the memory of the push is used again behind it', () => {
    const body = writeRequest([upSample(1)]);
    const sample = sampled({ signal: 'metrics', body });
    body.fill(0);
    expect(sample).toMatchObject({ signal: 'metrics', whole: true, forced: { cluster: 'eu' } });
    expect(pieces(sample!)).toHaveLength(1);
  });

  it('has whole series only, and at most so many bytes', () => {
    const body = writeRequest(Array.from({ length: 300 }, (_, i) => wide(`m${i}`)));
    const sample = sampled({ signal: 'metrics', body })!;
    const kept = (sample.batch as { body: Uint8Array }).body;
    expect(body.byteLength).toBeGreaterThan(2 * MAX_SAMPLE_BYTES);
    expect(sample.whole).toBe(false);
    expect(kept.byteLength).toBeLessThanOrEqual(MAX_SAMPLE_BYTES);
    expect(kept.byteLength).toBeGreaterThan(MAX_SAMPLE_BYTES - 3_000);
    expect(pieces(sample)).toHaveLength(decodeWriteRequest(kept).series.length);
  });

  it('is none where not even one series, resource or line fits', () => {
    const huge = new ByteWriter().bytesField(1, new Uint8Array(MAX_SAMPLE_BYTES + 1)).take();
    expect(sampled({ signal: 'metrics', body: huge })).toBeUndefined();
    expect(sampled({ signal: 'traces', body: huge, spans: 7 })).toBeUndefined();
    const entry = { timestampNs: 1n, line: 'x'.repeat(MAX_SAMPLE_BYTES + 1), metadata: [] };
    expect(sampled({ signal: 'logs', streams: [{ labels: [], entries: [entry] }], marks: [] })).toBeUndefined();
  });

  it('has the first lines of a push of logs, each a piece of its own', () => {
    const entry = { timestampNs: 1n, line: 'x'.repeat(100_000), metadata: [] };
    const labels = [{ name: 'app', value: 'a' }];
    const streams = [
      { labels, entries: [entry, entry] },
      { labels, entries: [entry] },
    ];
    const sample = sampled({ signal: 'logs', streams, marks: [] })!;
    expect(sample.whole).toBe(false);
    expect(pieces(sample)).toEqual([
      { signal: 'logs', streams: [{ labels, entries: [entry] }], marks: [] },
      { signal: 'logs', streams: [{ labels, entries: [entry] }], marks: [] },
    ]);
  });

  it('has the labels of profiles and how many there are, and nothing of what is in them', () => {
    const labels = [{ name: 'service_name', value: 'a' }];
    const content = { kind: 'push', samples: [new Uint8Array(500_000), new Uint8Array(500_000)] } as const;
    const sample = sampled({ signal: 'profiles', series: [{ labels, content }], encoded: new Uint8Array(1_000_000) })!;
    expect(sample.batch).toEqual({
      signal: 'profiles',
      series: [{ labels, content: { kind: 'push', samples: [new Uint8Array(), new Uint8Array()] } }],
    });
  });
});
