import { describe, expect, it } from 'vitest';
import { testDestination } from './destination.fixture.ts';
import type { SendErrorKind } from './verdict.ts';
import { judgeError, judgeResponse, maxDetailLength } from './verdict.ts';

const nowMs = Date.UTC(2026, 0, 1);
const judge = (status: number, body = '', overrides = {}, retryAfter?: string) =>
  judgeResponse(testDestination(overrides), status, { retryAfter }, body, nowMs);

describe('the verdict on a response', () => {
  it.each([
    [200, 'delivered', undefined],
    [204, 'delivered', undefined],
    [301, 'pause', 'redirect_refused'],
    [302, 'pause', 'redirect_refused'],
    [307, 'pause', 'redirect_refused'],
    [400, 'reject', 'bad_request'],
    [401, 'pause', 'unauthorized'],
    [403, 'pause', 'forbidden'],
    [404, 'reject', 'not_found'],
    [405, 'reject', 'method_not_allowed'],
    [408, 'retry', 'request_timeout'],
    [409, 'reject', 'conflict'],
    [413, 'split', 'payload_too_large'],
    [415, 'reject', 'unsupported_media_type'],
    [418, 'reject', 'client_error'],
    [422, 'reject', 'unprocessable_content'],
    [429, 'retry', 'rate_limited'],
    [499, 'retry', 'client_closed_request'],
    [500, 'retry', 'internal_server_error'],
    [501, 'retry', 'server_error'],
    [502, 'retry', 'bad_gateway'],
    [503, 'retry', 'service_unavailable'],
    [504, 'retry', 'gateway_timeout'],
    [529, 'retry', 'server_error'],
  ])('of status %i is %s', (status, kind, reason) => {
    const verdict = judge(status);
    expect(verdict.kind).toBe(kind);
    expect('reason' in verdict ? verdict.reason : undefined).toBe(reason);
  });

  it('counts 202 of a remote-write receiver as deduplicated, since the elected replica delivers the same data', () => {
    expect(judge(202)).toEqual({ kind: 'delivered', note: 'deduplicated' });
    expect(judge(202, '', { protocol: 'otlp_http' })).toEqual({ kind: 'delivered' });
  });

  it('takes 200 with an HTML page as delivered', () => {
    expect(judge(200, '<html>').kind).toBe('delivered');
  });

  it('rejects what Loki blocks with 260, which HTTP calls a success', () => {
    expect(judge(260, 'blocked', { protocol: 'loki_push' })).toMatchObject({ kind: 'reject', reason: 'blocked' });
    expect(judge(260).kind).toBe('delivered');
  });

  it('splits what Mimir calls too large with 400', () => {
    const body = 'received a write message of 200 bytes (err-mimir-distributor-max-write-message-size)';
    expect(judge(400, body)).toMatchObject({ kind: 'split', reason: 'payload_too_large' });
  });

  it('rejects 429 where the configuration says not to retry it', () => {
    const retry = { ...testDestination().retry, retryOnHttp429: false };
    expect(judge(429, '', { retry }).kind).toBe('reject');
    expect(judge(503, '', { retry }).kind).toBe('retry');
  });

  it('carries the wait that a retryable answer asks for', () => {
    expect(judge(429, '', {}, '7')).toMatchObject({ retryAfterMs: 7000 });
    expect(judge(503, '', {}, 'Thu, 01 Jan 2026 00:00:30 GMT')).toMatchObject({ retryAfterMs: 30_000 });
    expect(judge(503, '', {}, '-5')).not.toHaveProperty('retryAfterMs');
  });

  it('puts the excerpt of the body on one short line, without control characters', () => {
    const verdict = judge(400, `first\nsecond\u001b[31m${'x'.repeat(5000)}`);
    if (verdict.kind !== 'reject') throw new Error('expected a rejection');
    expect(verdict.detail).toMatch(/^HTTP 400: first second \[31mxxx/);
    expect(verdict.detail.length).toBeLessThanOrEqual(maxDetailLength + 20);
    expect(verdict.status).toBe(400);
  });
});

describe('the verdict on an error without a response', () => {
  const kinds: SendErrorKind[] = [
    'timeout',
    'connection_refused',
    'connection_reset',
    'dns_failure',
    'tls_failure',
    'network_error',
  ];
  it.each(kinds)('of %s is to retry, under that reason', (kind) => {
    expect(judgeError(kind)).toMatchObject({ kind: 'retry', reason: kind });
  });

  it('of a refused address is to pause, because only a new configuration can help', () => {
    expect(judgeError('address_refused', '127.0.0.1 is private')).toEqual({
      kind: 'pause',
      reason: 'address_refused',
      detail: '127.0.0.1 is private',
    });
  });
});
