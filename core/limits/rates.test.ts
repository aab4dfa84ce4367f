import { describe, expect, it } from 'vitest';
import { parseTokenLimits, tenantRates, tokenRateMessage, tokenRates } from './rates.ts';
import { compileLimits } from './tenant-limits.ts';

const problemsOf = (given: unknown) =>
  parseTokenLimits(given).problems.map(({ path, message }) => `${path} ${message}`);

describe('limits of a token', () => {
  it('are rates and bursts under the names of the tenant', () => {
    const limits = {
      metrics: { ingestion_rate: 1000, request_rate: 2, request_burst_size: 5 },
      logs: { ingestion_rate_mb: 0.5, ingestion_burst_size_mb: 3 },
      traces: {},
    };
    expect(problemsOf(limits)).toEqual([]);
    const { traces: _, ...stored } = limits;
    expect(parseTokenLimits(limits).limits).toEqual(stored);
    expect(tokenRates(parseTokenLimits(limits).limits)).toEqual({
      requests: { ratePerSecond: 2, burst: 5 },
      metrics: { ratePerSecond: 1000, burst: 20_000 },
      logs: { ratePerSecond: 2 ** 19, burst: 3 * 2 ** 20 },
    });
  });

  it('are none where none are set or all are 0', () => {
    expect(tokenRates({})).toBeUndefined();
    expect(tokenRates({ metrics: { ingestion_rate: 0 } })).toBeUndefined();
  });

  it('refuse every other limit, and say which there are', () => {
    expect(problemsOf({ logs: { max_line_size: '64KB' }, metrics: { max_global_series_per_user: 5 } })).toEqual([
      expect.stringMatching(
        /^metrics.max_global_series_per_user is a limit of the tenant only; a token may have .*metrics.ingestion_rate/,
      ),
      expect.stringMatching(/^logs.max_line_size is a limit of the tenant only; .*logs.ingestion_rate_mb/),
    ]);
    expect(problemsOf({ metrics: { ingestion_rat: 5 } })).toEqual([
      expect.stringContaining('metrics.ingestion_rat is not a limit; did you mean ingestion_rate?'),
    ]);
    expect(problemsOf({ metrics: { ingestion_rate: -1 } })).toEqual([
      'metrics.ingestion_rate must be a number, 0 or more',
    ]);
    expect(problemsOf(7)).toEqual([expect.stringContaining('limits are an object')]);
  });

  it('name only what a token may have of that signal, the likely ones first', () => {
    const told = (limits: unknown) => problemsOf(limits).join();
    expect(told({ metrics: { foo: 5 } })).toBe(
      'metrics.foo is not a limit; there are request_rate, request_burst_size, ingestion_rate and ingestion_burst_size',
    );
    expect(told({ metrics: { ingest: 5 } })).toBe(
      'metrics.ingest is not a limit; did you mean ingestion_rate or ingestion_burst_size? there are request_rate, request_burst_size, ingestion_rate and ingestion_burst_size',
    );
    expect(told({ logs: { ingestion_rate: 5 } })).toBe(
      'logs.ingestion_rate is not a limit; did you mean ingestion_rate_mb? there are ingestion_rate_mb and ingestion_burst_size_mb (it is a limit of metrics)',
    );
    expect(told({ logs: { max_line_size: 5 } })).toBe(
      'logs.max_line_size is a limit of the tenant only; a token may have logs.ingestion_rate_mb, logs.ingestion_burst_size_mb',
    );
  });

  it('refuse a burst without its rate, and one of 0', () => {
    expect(problemsOf({ metrics: { ingestion_burst_size: 5 } })).toEqual([
      'metrics.ingestion_burst_size needs metrics.ingestion_rate beside it',
    ]);
    expect(problemsOf({ traces: { rate_limit_bytes: 5, burst_size_bytes: 0 } })).toEqual([
      'traces.burst_size_bytes must not be 0 while the rate is limited',
    ]);
  });

  it('name the token and the limit to who is refused', () => {
    const message = tokenRateMessage('team "a"', 'logs', { ratePerSecond: 2 ** 20, burst: 2 ** 21 });
    expect(message).toContain(
      'the token "team \\"a\\"" exceeded a limit of its own (logs.ingestion_rate_mb: 1 MB/s, logs.ingestion_burst_size_mb: 2)',
    );
  });
});

it('of a tenant only the rates that are limited are asked for', () => {
  const rates = tenantRates(compileLimits({ logs: { ingestion_rate_mb: 0 } }));
  expect(Object.keys(rates)).toEqual(['metrics', 'traces', 'profiles']);
  expect(rates.metrics).toEqual({ ratePerSecond: 10_000, burst: 200_000 });
});
