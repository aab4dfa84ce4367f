import { describe, expect, it } from 'vitest';
import type { SeriesView } from './api.ts';
import { formatValue, rates, seriesRow } from './series-view.ts';

function series(name: string, ...points: SeriesView['points'][number][]): SeriesView {
  return {
    labels: [
      ['__name__', name],
      ['job', 'unix'],
    ],
    points,
  };
}

describe('a series on the page', () => {
  it('of a gauge shows its newest value in the unit of its name', () => {
    const row = seriesRow(series('node_memory_MemFree_bytes', [1000, 5], [2000, 1536]));
    expect([row.name, row.value, row.exact, row.labels]).toEqual([
      'node_memory_MemFree_bytes',
      '1.5 KiB',
      '1536',
      [['job', 'unix']],
    ]);
  });

  it('of a counter shows its increase per second', () => {
    const row = seriesRow(series('node_network_receive_bytes_total', [0, 0], [10_000, 20_480]));
    expect([row.value, row.exact, row.line]).toEqual(['2 KiB/s', '20480', [[10_000, 2048]]]);
  });

  it('of a counter with one sample shows the value, for there is no rate yet', () => {
    expect(seriesRow(series('requests_total', [0, 7])).value).toBe('7');
  });

  it('that ended is stale, and its line keeps the values before', () => {
    const row = seriesRow(series('up', [0, 1], [1000, 'stale']));
    expect([row.stale, row.value, row.line]).toEqual([true, 'stale', [[0, 1]]]);
  });

  it('shows NaN and infinities by name and leaves them out of the line', () => {
    expect(seriesRow(series('x', [0, 1], [1, '+Inf'])).value).toBe('+Inf');
    expect(seriesRow(series('x', [0, 'NaN'], [1, 2])).line).toEqual([[1, 2]]);
  });

  it('without a name is shown without one', () => {
    expect(seriesRow({ labels: [['a', 'b']], points: [[0, 1]] }).name).toBe('(no name)');
  });
});

describe('the rate of a counter', () => {
  it('takes a reset for a new start at 0', () => {
    expect(
      rates([
        [0, 100],
        [1000, 10],
        [2000, 15],
      ]),
    ).toEqual([
      [1000, 10],
      [2000, 5],
    ]);
  });
});

describe('a value', () => {
  it.each([
    ['node_boot_time_seconds', new Date(2026, 0, 2, 3, 4, 5).getTime() / 1000, '2026-01-02 03:04:05'],
    ['scrape_duration_seconds', 0.0125, '12.5 ms'],
    ['node_load1', 0.25, '0.25'],
    ['node_hwmon_temp_celsius', 41.5, '41.5 °C'],
    ['request_seconds_sum', 2.5, '2.5 s'],
  ])('of %s has the unit of the name', (name, value, text) => {
    expect(formatValue(name, value)).toBe(text);
  });
});
