import { describe, expect, it } from 'vitest';
import { Secret } from '../alloy/values.ts';
import { testDestination } from './destination.fixture.ts';
import type { Payload } from './destination.ts';
import { headerProblem } from './headers.ts';
import { buildRequest } from './request.ts';

const payload: Payload = {
  signal: 'metrics',
  contentType: 'application/x-protobuf',
  contentEncoding: 'snappy',
  body: new Uint8Array([1, 2]),
  items: 1,
};
const options = { attempt: 0, userAgent: 'Spillway/0.1.0' };
const headersOf = (overrides = {}, changes: Partial<Payload> = {}, attempt = 0) =>
  Object.fromEntries(
    buildRequest(testDestination(overrides), { ...payload, ...changes }, { ...options, attempt }).headers,
  );

describe('an outbound request', () => {
  it('carries exactly what remote write 1.0 asks for', () => {
    const request = buildRequest(testDestination(), payload, options);
    expect(request).toEqual({
      url: 'https://mimir.example/api/v1/push',
      method: 'POST',
      headers: [
        ['Content-Type', 'application/x-protobuf'],
        ['Content-Encoding', 'snappy'],
        ['User-Agent', 'Spillway/0.1.0'],
        ['X-Prometheus-Remote-Write-Version', '0.1.0'],
      ],
      body: payload.body,
    });
  });

  it('says from the second attempt on which one it is', () => {
    expect(headersOf()).not.toHaveProperty('Retry-Attempt');
    expect(headersOf({}, {}, 3)).toMatchObject({ 'Retry-Attempt': '3' });
  });

  it('names the tenant of the payload before that of the destination', () => {
    const loki = { protocol: 'loki_push', tenantId: 'team-a' };
    expect(headersOf(loki)).toMatchObject({ 'X-Scope-OrgID': 'team-a' });
    expect(headersOf(loki, { tenantId: 'team-b' })).toMatchObject({ 'X-Scope-OrgID': 'team-b' });
    expect(headersOf(loki)).not.toHaveProperty('X-Prometheus-Remote-Write-Version');
  });

  it.each([
    [{ basic: { username: 'ü', password: new Secret('pässword') } }, 'Basic w7w6cMOkc3N3b3Jk'],
    [{ bearer: new Secret('abc') }, 'Bearer abc'],
    [{ authorization: { type: 'ApiKey', credentials: new Secret('k') } }, 'ApiKey k'],
  ])('authenticates with %j', (auth, expected) => {
    expect(headersOf({ auth })).toMatchObject({ Authorization: expected });
  });

  it('adds configured headers but lets none replace one that the protocol needs', () => {
    const headers = headersOf({
      headers: { 'X-Team': 'core', 'content-type': 'text/html', 'X-Bad': 'a\r\nHost: evil' },
      secretHeaders: [{ name: 'X-Api-Key', value: new Secret('s3cret') }],
    });
    expect(headers).toEqual({
      'Content-Type': 'application/x-protobuf',
      'Content-Encoding': 'snappy',
      'User-Agent': 'Spillway/0.1.0',
      'X-Prometheus-Remote-Write-Version': '0.1.0',
      'X-Team': 'core',
      'X-Api-Key': 's3cret',
    });
  });
});

describe('a configured header', () => {
  it.each([
    ['X-Scope-OrgID', 'tenant'],
    ['Authorization', 'Bearer x'],
    ['X-A', 'tab\tis fine'],
  ])('may be %s', (name, value) => expect(headerProblem(name, value)).toBeUndefined());

  it.each([
    ['Host', 'x'],
    ['content-LENGTH', '3'],
    ['Transfer-Encoding', 'chunked'],
    ['X Y', 'x'],
    ['', 'x'],
    ['X-A', 'a\nb'],
    ['X-A', 'a\u0000'],
    ['X-A', 'é'],
  ])('may not be %j: %j', (name, value) => expect(headerProblem(name, value)).toBeTypeOf('string'));

  it('is refused without repeating its value', () => {
    expect(headerProblem('X-Key', 'hunter2\n')).not.toContain('hunter2');
  });
});
