import { describe, expect, it } from 'vitest';
import { compileLimits, DEFAULT_LIMITS, effectiveLimits, parseLimits } from './tenant-limits.ts';

const problemsOf = (given: unknown) => parseLimits(given).problems.map(({ path, message }) => `${path}: ${message}`);

describe('limits of a tenant', () => {
  it('have the defaults of Mimir, Loki, Tempo and Pyroscope', () => {
    expect(DEFAULT_LIMITS.metrics).toMatchObject({
      request_rate: 0,
      ingestion_rate: 10_000,
      ingestion_burst_size: 200_000,
      max_label_name_length: 1024,
      max_label_value_length: 2048,
      max_label_names_per_series: 30,
      max_label_names_per_info_series: 80,
      max_metadata_length: 1024,
      max_native_histogram_buckets: 0,
      creation_grace_period: 600_000,
      past_grace_period: 0,
      max_global_series_per_user: 150_000,
      accept_ha_samples: false,
      ha_cluster_label: 'cluster',
      ha_replica_label: '__replica__',
      ha_max_clusters: 100,
      ha_tracker_failover_timeout: 30_000,
    });
    expect(DEFAULT_LIMITS.logs).toMatchObject({
      ingestion_rate_mb: 4,
      ingestion_burst_size_mb: 6,
      max_line_size: 256 * 1024,
      max_line_size_truncate: false,
      max_label_names_per_series: 15,
      reject_old_samples: true,
      reject_old_samples_max_age: 7 * 86_400_000,
      per_stream_rate_limit: 3 * 1024 * 1024,
      per_stream_rate_limit_burst: 15 * 1024 * 1024,
      max_global_streams_per_user: 5000,
      max_structured_metadata_size: 64 * 1024,
      max_structured_metadata_entries_count: 128,
    });
    expect(DEFAULT_LIMITS.traces).toMatchObject({ rate_limit_bytes: 30_000_000, burst_size_bytes: 30_000_000 });
    expect(DEFAULT_LIMITS.profiles).toMatchObject({
      ingestion_rate_mb: 4,
      ingestion_burst_size_mb: 2,
      max_profile_size_bytes: 4_194_304,
      max_label_names_per_series: 30,
    });
  });

  it('take sizes and durations as Loki writes them', () => {
    const { limits, problems } = parseLimits({
      logs: { max_line_size: '1.5MB', per_stream_rate_limit: 1000, creation_grace_period: '1h30m' },
      metrics: { past_grace_period: '2w', creation_grace_period: 0 },
    });
    expect(problems).toEqual([]);
    expect(compileLimits(limits).logs).toMatchObject({
      max_line_size: 1_572_864,
      per_stream_rate_limit: 1000,
      creation_grace_period: 5_400_000,
    });
    expect(compileLimits(limits).metrics).toMatchObject({ past_grace_period: 1_209_600_000, creation_grace_period: 0 });
  });

  it('name every mistake at once, with the nearest name for one that is unknown', () => {
    expect(
      problemsOf({
        metrics: { ingestion_rte: 5, ingestion_burst_size: -1, creation_grace_period: 600, accept_ha_samples: 'yes' },
        log: {},
        traces: { max_line_size: '1KB' },
        logs: { max_line_size: '3 apples' },
      }),
    ).toEqual([
      'metrics.ingestion_rte: is not a limit; did you mean ingestion_rate?',
      'metrics.ingestion_burst_size: must be a whole number, 0 or more',
      'metrics.creation_grace_period: must be a duration such as "30s", "10m" or "1w", or 0',
      'metrics.accept_ha_samples: must be true or false',
      'log: is not a limit; did you mean logs?',
      expect.stringMatching(/^traces\.max_line_size: is not a limit.*\(it is a limit of logs\)$/),
      'logs.max_line_size: must be a size such as 65536, "64KB" or "3MB"',
    ]);
  });

  it('refuse names that objects have by themselves, and what is no object', () => {
    expect(problemsOf({ metrics: { constructor: 1 } })[0]).toContain('is not a limit');
    expect(problemsOf(JSON.parse('{"__proto__": {"a": 1}}'))[0]).toContain('is not a limit');
    for (const given of [null, [], 'x', 5, { metrics: [] }, { metrics: null }]) {
      expect(problemsOf(given)).toHaveLength(1);
    }
  });

  it('refuse pairs that contradict each other', () => {
    expect(problemsOf({ metrics: { request_rate: 5 } })).toEqual([
      'metrics.request_burst_size: must not be 0 while the rate is limited',
    ]);
    expect(problemsOf({ metrics: { accept_ha_samples: true, ha_tracker_failover_timeout: '15s' } })).toEqual([
      'metrics.ha_tracker_failover_timeout: must be at least 1s greater than ha_tracker_update_timeout',
    ]);
    expect(problemsOf({ metrics: { accept_ha_samples: true, ha_replica_label: 'cluster' } })).toHaveLength(1);
  });

  it('may not allow bodies that the gateway cannot carry; 0 stands for what it can', () => {
    expect(problemsOf({ metrics: { max_recv_msg_size: '100MB' } })[0]).toContain('may be at most 16777216 bytes');
    expect(compileLimits({ metrics: { max_recv_msg_size: 0 } }).metrics.max_recv_msg_size).toBe(16_777_216);
  });

  it('are shown whole, in the form in which they are written', () => {
    const shown = effectiveLimits({ logs: { max_line_size: '1KB' } });
    expect(shown.logs?.max_line_size).toBe('1KB');
    expect(shown.metrics?.creation_grace_period).toBe('10m');
    expect(parseLimits(shown).problems).toEqual([]);
  });
});
