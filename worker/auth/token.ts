/**
 * Tokens: `spw_<id>_<secret>` of tenants, `spo_<id>_<secret>` of operators. The id (64 bits) finds the record; the secret
 * (192 bits) is known to its owner only, the gateway keeps its SHA-256. Being long and random, it needs no slow hash:
 * guessing is hopeless already.
 */
import { sha256Hex } from '../../core/bytes/sha256.ts';

export type TokenKind = 'spw' | 'spo';

const TOKEN = /^(spw|spo)_([0-9a-f]{16})_([0-9a-f]{48})$/;

/** `spw_` + 16 + `_` + 48. Longer texts are refused before a regular expression sees them. */
const TOKEN_LENGTH = 69;

export interface TokenParts {
  readonly id: string;
  readonly secret: string;
}

/** A token of the other kind is none. */
export function parseToken(text: string, kind: TokenKind = 'spw'): TokenParts | undefined {
  if (text.length !== TOKEN_LENGTH) return undefined;
  const [, foundKind, id, secret] = TOKEN.exec(text) ?? [];
  return foundKind === kind ? { id: id as string, secret: secret as string } : undefined;
}

export function formatToken({ id, secret }: TokenParts, kind: TokenKind = 'spw'): string {
  return `${kind}_${id}_${secret}`;
}

export function createTokenParts(): TokenParts {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return { id: toHex(bytes.subarray(0, 8)), secret: toHex(bytes.subarray(8)) };
}

export { sha256Hex };

/**
 * Compares digests, so that the time taken says nothing about either text, not even its length. The digest is our own: on
 * the way of every push the platform's, which comes as a promise, takes 30 µs of CPU, this one 3.
 */
export function sameSecret(given: string, expectedSha256Hex: string): boolean {
  const actual = sha256Hex(given);
  let difference = actual.length ^ expectedSha256Hex.length;
  for (let i = 0; i < actual.length; i++) difference |= actual.charCodeAt(i) ^ expectedSha256Hex.charCodeAt(i);
  return difference === 0;
}

function toHex(bytes: Uint8Array): string {
  let hex = '';
  for (const byte of bytes) hex += byte.toString(16).padStart(2, '0');
  return hex;
}
