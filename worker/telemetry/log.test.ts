import { afterEach, describe, expect, it, vi } from 'vitest';
import { log } from './log.ts';

const HOSTILE = 'a\r\n{"level":"info"}\u001b[2J\u009b31m\u0000\u007f\u0085\u2028\u2029\ud800"\\';

describe('A16 the log of the gateway', () => {
  afterEach(() => vi.restoreAllMocks());

  it('is one line of JSON for each event, without a control character, whatever its fields hold', () => {
    const written = vi.spyOn(console, 'log').mockImplementation(() => {});
    log('warn', 'push_failed', { detail: HOSTILE, tenant: HOSTILE });
    const line = String(written.mock.calls[0]?.[0]);
    expect(written).toHaveBeenCalledTimes(1);
    expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
    expect(JSON.parse(line)).toEqual({ level: 'warn', event: 'push_failed', detail: HOSTILE, tenant: HOSTILE });
  });

  it('cuts texts that are too long', () => {
    const written = vi.spyOn(console, 'log').mockImplementation(() => {});
    log('warn', 'push_failed', { detail: 'x'.repeat(10_000) });
    expect(String(written.mock.calls[0]?.[0]).length).toBeLessThan(600);
  });
});
