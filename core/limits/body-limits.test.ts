import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../bytes/writer.ts';
import { labelsFromRecord } from '../labels/labels.ts';
import type { ProfileSeries } from '../wire/pyroscope/profile-series.ts';
import { decodeWriteRequest, encodeLabelBlock, WriteRequestBuilder } from '../wire/remote-write/v1.ts';
import { SeenMembers } from './active-members.ts';
import { histogramBuckets } from './histogram-buckets.ts';
import { limitMetadata } from './metadata-limits.ts';
import { limitProfiles } from './profile-limits.ts';
import { SeriesActivity } from './series-activity.ts';
import { compileLimits, type LimitOverrides } from './tenant-limits.ts';

function metadata(name: string, help: string, unit = ''): Uint8Array {
  return new ByteWriter().stringField(2, name).stringField(4, help).stringField(5, unit).take();
}

function withMetadata(...messages: Uint8Array[]): Uint8Array {
  const builder = new WriteRequestBuilder();
  builder.addSample(encodeLabelBlock(labelsFromRecord({ __name__: 'up' })), 1, 5);
  const out = new ByteWriter().bytes(builder.take());
  for (const message of messages) out.bytesField(3, message);
  return out.take();
}

describe('the limit of metadata', () => {
  it('cuts help texts between characters and leaves out what has a long name or unit', () => {
    const body = withMetadata(
      metadata('a', 'ééééé'),
      metadata('b'.repeat(9), 'x'),
      metadata('c', 'x', 'u'.repeat(9)),
      metadata('d', 'fine'),
    );
    const limited = limitMetadata(body, 7);
    const decoded = decodeWriteRequest(limited.body);
    expect(decoded.series).toHaveLength(1);
    expect(decoded.metadata.map(({ family, help }) => [family, help])).toEqual([
      ['a', 'ééé'],
      ['d', 'fine'],
    ]);
    expect(limited.leftOut).toEqual(['bbbbbbbbb', 'c']);
  });

  it('hands a body on as it is where nothing is too long', () => {
    const body = withMetadata(metadata('name', 'help', 'unit'));
    expect(limitMetadata(body, 4).body).toBe(body);
  });
});

describe('buckets of a native histogram', () => {
  it('are the lengths of its spans, of both sides', () => {
    const span = (offset: number, length: number) =>
      new ByteWriter().varintField(1, offset).varintField(2, length).take();
    const histogram = new ByteWriter()
      .varintField(1, 10)
      .bytesField(8, span(0, 3))
      .bytesField(11, span(0, 2))
      .bytesField(11, span(4, 200))
      .take();
    expect(histogramBuckets(histogram, 0, histogram.length)).toBe(205);
  });
});

describe('limits of profiles', () => {
  const profile = (bytes: number, labels: Record<string, string> = { service_name: 'web' }): ProfileSeries => ({
    labels: labelsFromRecord(labels),
    content: { kind: 'push', samples: [new ByteWriter().bytesField(1, new Uint8Array(bytes)).take()] },
  });
  const limit = (series: ProfileSeries[], profiles: LimitOverrides['profiles'] & {}) =>
    limitProfiles(series, compileLimits({ profiles }).profiles);

  it("leave out the one that is too large or has too many or too long labels, in Pyroscope's words", () => {
    const good = profile(100);
    const limited = limit([good, profile(101), profile(1, { a: '1', b: '2', c: '3' }), profile(1, { a: '123456' })], {
      max_profile_size_bytes: 100,
      max_label_names_per_series: 2,
      max_label_value_length: 5,
    });
    expect(limited.series).toEqual([good]);
    expect(limited.rejections).toEqual([
      {
        reason: 'profile_size_limit',
        items: 1,
        example:
          'the profile with labels \'{service_name="web"}\' exceeds the size limit (max_profile_size_byte, actual: 101, limit: 100)',
      },
      {
        reason: 'max_label_names_per_series',
        items: 1,
        example: 'profile series \'{a="1", b="2", c="3"}\' has 3 label names; limit 2',
      },
      {
        reason: 'label_value_too_long',
        items: 1,
        example: "profile with labels '{a=\"123456\"}' has label value too long: '123456'",
      },
    ]);
  });

  it('judge gzip by what it says that it unpacks to', () => {
    const gzip = new Uint8Array(40);
    gzip.set([0x1f, 0x8b]);
    new DataView(gzip.buffer).setUint32(36, 5000, true);
    const packed: ProfileSeries = {
      labels: labelsFromRecord({ service_name: 'web' }),
      content: { kind: 'push', samples: [new ByteWriter().bytesField(1, gzip).take()] },
    };
    expect(limit([packed], { max_profile_size_bytes: 4999 }).series).toEqual([]);
    expect(limit([packed], { max_profile_size_bytes: 5000 }).rejections).toEqual([]);
  });
});

describe('the identity of a series', () => {
  const admitted = (activity: SeriesActivity, labels: Record<string, string>) => {
    const block = encodeLabelBlock(labelsFromRecord(labels));
    return activity.admit(block, 0, block.length);
  };

  it('is the same whichever replica sends it, where replicas are told apart by a label', () => {
    const seen = new SeenMembers(0);
    seen.limit = 1;
    const activity = new SeriesActivity(seen, 7, '__replica__');
    expect(admitted(activity, { __name__: 'up', __replica__: 'a' })).toBe(true);
    expect(admitted(activity, { __name__: 'up', __replica__: 'b' })).toBe(true);
    expect(admitted(activity, { __name__: 'down', __replica__: 'a' })).toBe(false);
  });

  it('is another one under another seed, as for tokens that force other labels', () => {
    const seen = new SeenMembers(0);
    seen.limit = 1;
    expect(admitted(new SeriesActivity(seen, 7), { __name__: 'up' })).toBe(true);
    expect(admitted(new SeriesActivity(seen, 7), { __name__: 'up' })).toBe(true);
    expect(admitted(new SeriesActivity(seen, 8), { __name__: 'up' })).toBe(false);
  });
});
