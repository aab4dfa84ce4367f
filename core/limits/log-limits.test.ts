import { describe, expect, it } from 'vitest';
import { labelsFromRecord } from '../labels/labels.ts';
import type { LogEntry, LogStream } from '../wire/log-stream.ts';
import { SeenMembers } from './active-members.ts';
import { limitLogs } from './log-limits.ts';
import { StreamLimits } from './stream-limits.ts';
import { compileLimits, type LimitOverrides } from './tenant-limits.ts';

const NOW_MS = Date.UTC(2026, 10, 22);
const HOUR_MS = 3_600_000;

function entry(line: string, atMs = NOW_MS, metadata: Record<string, string> = {}): LogEntry {
  return { timestampNs: BigInt(atMs) * 1_000_000n, line, metadata: labelsFromRecord(metadata) };
}

function stream(labels: Record<string, string>, ...entries: LogEntry[]): LogStream {
  return { labels: labelsFromRecord(labels), entries };
}

function limit(streams: LogStream[], logs: LimitOverrides['logs'] & {} = {}) {
  return limitLogs(streams, compileLimits({ logs }).logs, NOW_MS);
}

describe('limits of log lines', () => {
  it('hand on what breaks none as it is', () => {
    const streams = [stream({ app: 'web' }, entry('hello', NOW_MS - HOUR_MS, { trace_id: 'abc' }))];
    const limited = limit(streams);
    expect(limited.streams).toBe(streams);
    expect(limited.rejections).toEqual([]);
  });

  it("leave out single lines, take the others, and say why in Loki's words", () => {
    const limited = limit(
      [
        stream(
          { app: 'web' },
          entry('old', NOW_MS - 200 * HOUR_MS),
          entry('good'),
          entry('new', NOW_MS + HOUR_MS),
          entry('x'.repeat(11)),
          entry('meta', NOW_MS, { a: '1', b: '2', c: '3' }),
          entry('size', NOW_MS, { a: 'x'.repeat(50) }),
        ),
      ],
      { max_line_size: 10, max_structured_metadata_entries_count: 2, max_structured_metadata_size: 20 },
    );
    expect(limited.streams.map(({ entries }) => entries.map(({ line }) => line))).toEqual([['good']]);
    expect(limited.rejections).toEqual([
      {
        reason: 'greater_than_max_sample_age',
        items: 1,
        example: `entry for stream '{app="web"}' has timestamp too old: 2026-11-13T16:00:00Z, oldest acceptable timestamp is: 2026-11-15T00:00:00Z`,
      },
      {
        reason: 'too_far_in_future',
        items: 1,
        example: `entry for stream '{app="web"}' has timestamp too new: 2026-11-22T01:00:00Z`,
      },
      {
        reason: 'line_too_long',
        items: 1,
        example: `max entry size '10' bytes exceeded for stream '{app="web"}' while adding an entry with length '11' bytes`,
      },
      {
        reason: 'structured_metadata_too_many',
        items: 1,
        example: expect.stringContaining("has too many structured metadata labels: '3', limit: '2'"),
      },
      {
        reason: 'structured_metadata_too_large',
        items: 1,
        example: expect.stringContaining("has structured metadata too large: '51' bytes, limit: '20' bytes"),
      },
    ]);
  });

  it('count bytes, not characters, and cut lines between characters when told to', () => {
    const limited = limit([stream({ app: 'web' }, entry('ééééé'), entry('aé😀😀'), entry('12345678'))], {
      max_line_size: 8,
      max_line_size_truncate: true,
    });
    expect(limited.rejections).toEqual([]);
    expect(limited.streams[0]?.entries.map(({ line }) => line)).toEqual(['éééé', 'aé😀', '12345678']);
  });

  it('leave out whole streams for their labels; service_name does not count', () => {
    const limited = limit(
      [
        stream({ a: '1', b: '2', service_name: 'x' }, entry('two')),
        stream({ a: '1', b: '2', c: '3' }, entry('three'), entry('three')),
        stream({ ['n'.repeat(20)]: 'x' }, entry('name')),
        stream({ n: 'x'.repeat(20) }, entry('value')),
        stream({}, entry('none')),
      ],
      { max_label_names_per_series: 2, max_label_name_length: 15, max_label_value_length: 15 },
    );
    // Loki names a stream without labels `unknown_service`.
    expect(limited.streams.map(({ entries }) => entries[0]?.line)).toEqual(['two', 'none']);
    expect(limited.rejections.map(({ reason, items }) => [reason, items])).toEqual([
      ['max_label_names_per_series', 2],
      ['label_name_too_long', 1],
      ['label_value_too_long', 1],
    ]);
    expect(limited.rejections[0]?.example).toBe(`entry for stream '{a="1", b="2", c="3"}' has 3 label names; limit 2`);
  });

  it('take so many streams of a push, and any age where that limit is off', () => {
    const streams = ['a', 'b', 'c'].map((app) => stream({ app }, entry('x', 0)));
    const limited = limit(streams, { max_streams_per_push: 2, reject_old_samples: false });
    expect(limited.streams).toEqual(streams.slice(0, 2));
    expect(limited.rejections).toMatchObject([{ reason: 'max_streams_per_push', items: 1 }]);
  });
});

describe('limits of streams', () => {
  const check = (state: StreamLimits, streams: LogStream[], logs: LimitOverrides['logs'] & {}, nowMs = 0) => {
    const limits = compileLimits({ logs }).logs;
    seen.limit = limits.max_global_streams_per_user;
    return state.check(streams, limits, seen, 1, nowMs);
  };
  let seen = new SeenMembers(0);

  it('refuse lines of a stream beyond its own rate, and take those of others', () => {
    seen = new SeenMembers(0);
    const state = new StreamLimits();
    const loud = stream({ app: 'loud' }, entry('x'.repeat(100)));
    const quiet = stream({ app: 'quiet' }, entry('x'));
    const limits = { per_stream_rate_limit: 10, per_stream_rate_limit_burst: 150 };
    expect(check(state, [loud, quiet], limits)).toEqual({ streams: [loud, quiet], refused: [] });
    const second = check(state, [loud, quiet], limits);
    expect(second.streams).toEqual([quiet]);
    expect(second.refused).toMatchObject([{ reason: 'per_stream_rate_limit', items: 1 }]);
    expect(second.refused[0]?.example).toContain('stream \'{app="loud"}\' totaling 100 bytes');
    expect(check(state, [loud], limits, 5000).refused).toEqual([]);
  });

  it('counts bytes when the rate is nearly used up, so that letters beyond ASCII are no way around it', () => {
    seen = new SeenMembers(0);
    const state = new StreamLimits();
    const limits = { per_stream_rate_limit: 1, per_stream_rate_limit_burst: 100 };
    const wide = () => check(state, [stream({ app: 'x' }, entry('é'.repeat(40)))], limits).refused.length;
    expect([wide(), wide()]).toEqual([0, 1]);
  });

  it('refuse new streams at the limit of active ones, while known ones pass', () => {
    seen = new SeenMembers(0);
    const state = new StreamLimits();
    const streams = Array.from({ length: 10 }, (_, i) => stream({ app: `${i}` }, entry('x')));
    const limited = check(state, streams, { max_global_streams_per_user: 6 });
    expect(limited.streams).toHaveLength(6);
    expect(limited.refused).toMatchObject([
      { reason: 'stream_limit', items: 4, example: expect.stringContaining('maximum active stream limit exceeded') },
    ]);
    expect(check(state, streams.slice(0, 6), { max_global_streams_per_user: 6 }).refused).toEqual([]);
  });
});
