import { describe, expect, it } from 'vitest';
import { parseLimits } from '../../../core/limits/tenant-limits.ts';
import { ALL_LIMITS, changesOf, fieldText, TOKEN_LIMITS, valueText, withChanges } from './limit-values.ts';

const named = (path: string) => ALL_LIMITS.find((limit) => limit.path === path)!;
const SET = { metrics: { ingestion_rate: 50_000, accept_ha_samples: true }, logs: { max_line_size: '64KB' } };

describe('what changes', () => {
  it('is what was typed and differs from what is set, as the values that the API takes', () => {
    const typed = {
      'metrics.ingestion_rate': ' 1e5 ',
      'metrics.accept_ha_samples': 'false',
      'logs.max_line_size': '65536',
      'metrics.past_grace_period': '1h',
      'metrics.ha_cluster_label': 'pair',
      'logs.max_streams_per_push': '',
      'traces.rate_limit_bytes': '5',
    };
    const changes = changesOf({ ...SET, traces: { rate_limit_bytes: 5 } }, typed);
    expect(changes.map(({ limit, before, after }) => [limit.path, before, after])).toEqual([
      ['metrics.ingestion_rate', 50_000, 100_000],
      ['metrics.past_grace_period', undefined, '1h'],
      ['metrics.accept_ha_samples', true, false],
      ['metrics.ha_cluster_label', undefined, 'pair'],
      ['logs.max_line_size', '64KB', 65_536],
    ]);
    const limits = withChanges(SET, changes);
    expect(parseLimits(limits).problems).toEqual([]);
    expect(limits).toEqual({
      metrics: { ingestion_rate: 100_000, past_grace_period: '1h', accept_ha_samples: false, ha_cluster_label: 'pair' },
      logs: { max_line_size: 65_536 },
    });
  });

  it('with an empty field is the default, and what was not touched stays', () => {
    const changes = changesOf(SET, { 'metrics.ingestion_rate': '' });
    expect(changes).toMatchObject([{ before: 50_000, after: undefined }]);
    expect(withChanges(SET, changes)).toEqual({
      metrics: { accept_ha_samples: true },
      logs: { max_line_size: '64KB' },
    });
    expect(SET.metrics.ingestion_rate).toBe(50_000);
  });

  it('is laid on top of what somebody else has set meanwhile', () => {
    const typed = { 'metrics.ingestion_rate': '7' };
    const theirs = { metrics: { request_rate: 9 }, traces: { burst_size_bytes: 1 } };
    expect(withChanges(theirs, changesOf(theirs, typed))).toEqual({
      metrics: { request_rate: 9, ingestion_rate: 7 },
      traces: { burst_size_bytes: 1 },
    });
    expect(changesOf({ metrics: { ingestion_rate: 7 } }, typed)).toEqual([]);
  });

  it('leaves to the gateway what is no value', () => {
    const changes = changesOf({}, { 'metrics.ingestion_rate': '10,000', 'metrics.accept_ha_samples': 'maybe' });
    expect(changes.map(({ after }) => after)).toEqual(['10,000', 'maybe']);
    expect(parseLimits(withChanges({}, changes)).problems.map(({ path }) => path)).toEqual([
      'metrics.ingestion_rate',
      'metrics.accept_ha_samples',
    ]);
  });
});

it('a field shows what was typed, else what is set, else nothing', () => {
  const limit = named('metrics.ingestion_rate');
  expect(fieldText(SET, {}, limit)).toBe('50000');
  expect(fieldText(SET, { 'metrics.ingestion_rate': '' }, limit)).toBe('');
  expect(fieldText({}, {}, limit)).toBe('');
});

it('values are told so that nobody counts zeros, and what 0 means is said', () => {
  const told = (path: string, value: number | string | boolean) => valueText(value, named(path));
  expect(told('traces.rate_limit_bytes', 30_000_000)).toBe('30,000,000 (28.6 MiB)');
  expect(told('profiles.max_profile_size_bytes', 4_194_304)).toBe('4,194,304 (4 MiB)');
  expect(told('logs.max_line_size', 65_536)).toBe('65,536 (64 KiB)');
  expect(told('logs.max_line_size', '64KB')).toBe('64KB');
  expect(told('logs.ingestion_rate_mb', 0.25)).toBe('0.25 MB');
  expect(told('metrics.max_global_series_per_user', 150_000)).toBe('150,000');
  expect(told('metrics.request_rate', 0)).toBe('0: no limit');
  expect(told('metrics.past_grace_period', '0s')).toBe('0s: no limit');
  expect(told('metrics.max_recv_msg_size', 0)).toBe('0: what the gateway can carry, 16 MiB');
  expect(told('metrics.accept_ha_samples', true)).toBe('on');
});

it('a token may have rates and bursts of every signal', () => {
  expect(TOKEN_LIMITS.map(({ path }) => path)).toEqual([
    'metrics.request_rate',
    'metrics.request_burst_size',
    'metrics.ingestion_rate',
    'metrics.ingestion_burst_size',
    'logs.ingestion_rate_mb',
    'logs.ingestion_burst_size_mb',
    'traces.rate_limit_bytes',
    'traces.burst_size_bytes',
    'profiles.ingestion_rate_mb',
    'profiles.ingestion_burst_size_mb',
  ]);
});
