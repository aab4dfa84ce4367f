/**
 * The form in which pipelines and secrets lie in the database: `v1.<keyid>.<nonce>.<ciphertext>`, AES-256-GCM, nonce and
 * ciphertext in base64url. What a text is and whose it is are authenticated with it: a row that is put in the place of
 * another does not open. Neither the text nor a key ever gets into an error.
 */
import { keyRing } from './key-ring.ts';

export interface SealedKind {
  readonly kind: 'secret' | 'pipeline';
  /** '' for the gateway's own. */
  readonly tenant: string;
  /** Of a secret its name, of a pipeline its version. */
  readonly name: string;
}

/** The stored form cannot be opened: another key, or not what was stored. */
export class UnsealError extends Error {}

const FORMAT = /^v1\.([a-zA-Z0-9_-]{1,32})\.([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]+)$/;
/** GCM's own size; a random one is safe for 2^32 texts under one key. */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export async function seal(secretsKey: string | undefined, of: SealedKind, text: string): Promise<string> {
  const { current, keys } = await keyRing(secretsKey);
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const key = keys.get(current) as CryptoKey;
  const plain = new TextEncoder().encode(text);
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData: bound(of) }, key, plain);
  return `v1.${current}.${toBase64Url(nonce)}.${toBase64Url(new Uint8Array(sealed))}`;
}

/** Throws UnsealError, SecretsKeyError. */
export async function unseal(secretsKey: string | undefined, of: SealedKind, sealed: string): Promise<string> {
  const [, keyId, nonce, ciphertext] = FORMAT.exec(sealed) ?? [];
  if (keyId === undefined || nonce === undefined || ciphertext === undefined) {
    throw new UnsealError(`${described(of)} is not in the form v1.<keyid>.<nonce>.<ciphertext>: it was cut or changed`);
  }
  const key = (await keyRing(secretsKey)).keys.get(keyId);
  if (key === undefined) {
    throw new UnsealError(`${described(of)} is sealed with the key ${keyId}, which SECRETS_KEY does not have any more`);
  }
  const iv = fromBase64Url(nonce);
  try {
    const data = fromBase64Url(ciphertext);
    const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv, additionalData: bound(of) }, key, data);
    return new TextDecoder().decode(plain);
  } catch {
    throw new UnsealError(
      `${described(of)} does not open with the key ${keyId}: it was changed, or belongs elsewhere, or the key is another of the same id`,
    );
  }
}

/** Undefined for a text that was stored before texts were sealed. */
export function keyIdOf(stored: string): string | undefined {
  return FORMAT.exec(stored)?.[1];
}

/** UTF-8 bytes of the text, from the length of its stored form and the beginning of that. */
export function plainBytes(head: string, storedLength: number): number {
  const prefix = /^v1\.[a-zA-Z0-9_-]{1,32}\.[A-Za-z0-9_-]{16}\./.exec(head)?.[0];
  if (prefix === undefined) return storedLength;
  return Math.floor(((storedLength - prefix.length) * 3) / 4) - TAG_BYTES;
}

function bound({ kind, tenant, name }: SealedKind): Uint8Array {
  return new TextEncoder().encode(`spillway:${kind}:${tenant}:${name}`);
}

function described({ kind, tenant, name }: SealedKind): string {
  const whose = tenant === '' ? "the gateway's" : `tenant ${tenant}'s`;
  return kind === 'secret' ? `${whose} secret ${name}` : `version ${name} of ${whose} pipeline`;
}

function toBase64Url(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
