import { describe, expect, it } from 'vitest';
import { Secret } from '../alloy/values.ts';
import { testDestination } from './destination.fixture.ts';
import { shownUrl, withoutSecrets, withoutTexts } from './without-secrets.ts';

const BASE = testDestination();

function cleaned(changes: object, detail: string): string {
  const verdict = { kind: 'reject', reason: 'bad_request', detail } as const;
  return withoutSecrets({ ...BASE, ...changes }, verdict).detail;
}

describe("what a destination answers, without the destination's credentials", () => {
  it('holds no password, in any of the forms in which it was sent', () => {
    const auth = { basic: { username: 'spillway', password: new Secret('pass word"1') } };
    const sent = btoa('spillway:pass word"1');
    for (const form of ['pass word"1', sent, encodeURIComponent('pass word"1'), 'pass word\\"1']) {
      expect(cleaned({ auth }, `HTTP 401: bad credentials <${form}>`)).toBe('HTTP 401: bad credentials <(secret)>');
    }
  });

  it.each([
    ['a bearer token', { auth: { bearer: new Secret('t0ken-abc') } }, 't0ken-abc'],
    [
      'other credentials',
      { auth: { authorization: { type: 'X', credentials: new Secret('cr3dential') } } },
      'cr3dential',
    ],
    ['a secret header', { secretHeaders: [{ name: 'X', value: new Secret('h3ader-value') }] }, 'h3ader-value'],
    ['a header that is named like one', { headers: { 'X-Api-Key': 'plain-k3y' } }, 'plain-k3y'],
    ['a header with a scheme', { headers: { Authorization: 'Bearer plain-tok3n' } }, 'plain-tok3n'],
    ['the query of the URL', { url: 'https://x.example.com/push?key=qu3ry-key&a=b' }, 'qu3ry-key'],
    ['the password of the URL', { url: 'https://u:p%40ssw0rd@x.example.com/' }, 'p@ssw0rd'],
  ])('holds no %s', (_, changes, secret) => {
    expect(cleaned(changes, `you sent ${secret}, which is wrong`)).toBe('you sent (secret), which is wrong');
  });

  it('holds no beginning of one where the answer was cut off, and says nothing of what was there', () => {
    const auth = { bearer: new Secret('t0ken-abc') };
    expect(cleaned({ auth }, 'you sent Bearer t0ken-ab…')).toBe('you sent Bearer …');
    expect(cleaned({ auth }, 'you sent Bearer another…')).toBe('you sent Bearer…');
    for (const guess of ['t0ken-', 't0ken-ab'])
      expect(cleaned({ auth }, `you sent ${guess}`)).toBe(`you sent ${guess}`);
  });

  it('keeps what is no credential', () => {
    const detail = 'HTTP 400: per-user series limit of 150000 exceeded for acme';
    expect(cleaned({ headers: { 'X-Scope-OrgID': 'acme' } }, detail)).toBe(detail);
  });

  it('takes the longer of two secrets out first', () => {
    expect(withoutTexts('a secret-longer b', ['secret', 'secret-longer'])).toBe('a (secret) b');
  });
});

describe('the address of a destination, as it is shown', () => {
  it.each([
    ['https://x.example.com/push', 'https://x.example.com/push'],
    ['https://x.example.com/push?key=k', 'https://x.example.com/push?(secret)'],
    ['https://u:p@ss@x.example.com:1/', 'https://(secret)@x.example.com:1/'],
    ['no url', 'no url'],
  ])('%s is %s', (url, shown) => {
    expect(shownUrl(url)).toBe(shown);
  });
});
