import { describe, expect, it } from 'vitest';
import { keyRing, SecretsKeyError } from './key-ring.ts';
import { keyIdOf, plainBytes, type SealedKind, seal, UnsealError, unseal } from './sealed-text.ts';

const OLD = `old:${btoa('o'.repeat(32))}`;
const NEW = `new:${btoa('n'.repeat(32))}`;
const SECRET: SealedKind = { kind: 'secret', tenant: 'shop', name: 'mimir' };
const TEXT = 'hunter2 – with ünïcode';

async function failure(opening: Promise<unknown>): Promise<Error> {
  return opening.then(
    () => new Error('nothing failed'),
    (error: Error) => error,
  );
}

describe('a sealed text', () => {
  it('opens as what was sealed, and holds nothing of it in the clear', async () => {
    const sealed = await seal(OLD, SECRET, TEXT);
    expect(sealed).toMatch(/^v1\.old\.[\w-]{16}\.[\w-]+$/);
    expect(sealed).not.toContain('hunter2');
    expect(atob(sealed.split('.')[3]!.replaceAll('-', '+').replaceAll('_', '/'))).not.toContain('hunter2');
    expect(await unseal(OLD, SECRET, sealed)).toBe(TEXT);
  });

  it('is another one each time, so that equal passwords do not show', async () => {
    expect(await seal(OLD, SECRET, TEXT)).not.toBe(await seal(OLD, SECRET, TEXT));
  });

  it.each([
    ['another tenant', { ...SECRET, tenant: 'bank' }],
    ['another name', { ...SECRET, name: 'loki' }],
    ['another kind', { ...SECRET, kind: 'pipeline' as const }],
    ['the gateway', { ...SECRET, tenant: '' }],
  ])('does not open in the place of %s', async (_, place) => {
    const error = await failure(unseal(OLD, place, await seal(OLD, SECRET, TEXT)));
    expect(error).toBeInstanceOf(UnsealError);
    expect(error.message).toContain('belongs elsewhere');
    expect(error.message).not.toContain('hunter2');
  });

  it('does not open when any one of its characters is another', async () => {
    const sealed = await seal(OLD, SECRET, 'short');
    // The last character of unpadded base64 may carry bits that mean nothing.
    for (let at = 0; at < sealed.length - 1; at++) {
      const changed = `${sealed.slice(0, at)}${sealed[at] === 'A' ? 'B' : 'A'}${sealed.slice(at + 1)}`;
      expect(await failure(unseal(OLD, SECRET, changed)), `character ${at}`).toBeInstanceOf(UnsealError);
    }
  });

  it('does not open when it is cut off anywhere', async () => {
    const sealed = await seal(OLD, SECRET, 'short');
    for (let length = 0; length < sealed.length; length++) {
      expect(await failure(unseal(OLD, SECRET, sealed.slice(0, length)))).toBeInstanceOf(UnsealError);
    }
  });

  it('does not open with another key of the same id', async () => {
    const error = await failure(unseal(OLD.replace('old:b29v', 'old:b29w'), SECRET, await seal(OLD, SECRET, TEXT)));
    expect(error.message).toContain('the key is another of the same id');
  });

  it('is sealed with the first key of a rotated ring, which opens what the key before sealed', async () => {
    const before = await seal(OLD, SECRET, TEXT);
    const ring = `${NEW},${OLD}`;
    expect(await unseal(ring, SECRET, before)).toBe(TEXT);
    expect(keyIdOf(await seal(ring, SECRET, TEXT))).toBe('new');
    expect((await failure(unseal(NEW, SECRET, before))).message).toContain(
      'sealed with the key old, which SECRETS_KEY does not have any more',
    );
  });

  it('tells the size of its text without being opened', async () => {
    for (const text of ['', 'a', 'ab', 'abc', TEXT, 'x'.repeat(1000)]) {
      const sealed = await seal(OLD, SECRET, text);
      expect(plainBytes(sealed.slice(0, 80), sealed.length)).toBe(new TextEncoder().encode(text).byteLength);
    }
    expect(plainBytes('spillway.receive "x" {', 1234)).toBe(1234);
  });

  it('is told apart from the text of a pipeline', () => {
    expect(keyIdOf('v1.receive "x" { }')).toBeUndefined();
    expect(keyIdOf('')).toBeUndefined();
  });
});

describe('SECRETS_KEY', () => {
  it.each([
    [undefined, 'secrets_key_missing', 'has no SECRETS_KEY'],
    [' ', 'secrets_key_missing', 'openssl rand -base64 32'],
    [btoa('o'.repeat(32)), 'secrets_key_invalid', 'key 1 has no ":"'],
    ['a b:AAAA', 'secrets_key_invalid', 'key 1: its id has 1 to 32 characters'],
    ['k1:no base64!', 'secrets_key_invalid', 'key 1 (k1): what follows the ":" is not base64'],
    [`k1:${btoa('short')}`, 'secrets_key_invalid', 'key 1 (k1) has 5 bytes in place of 32'],
    [`${OLD},`, 'secrets_key_invalid', 'key 2 has no ":"'],
    [`${OLD},${OLD}`, 'secrets_key_invalid', 'the id old is there twice'],
  ])('%j is refused with what is wrong, and no part of a key', async (text, reason, message) => {
    const error = await failure(keyRing(text));
    expect(error).toBeInstanceOf(SecretsKeyError);
    expect(error).toMatchObject({ reason, message: expect.stringContaining(message) });
    expect(error.message).not.toContain('oooo');
  });

  it('may have spaces around its keys', async () => {
    expect([...(await keyRing(` ${NEW} , ${OLD} `)).keys.keys()]).toEqual(['new', 'old']);
  });
});
