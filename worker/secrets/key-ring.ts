/**
 * The keys of SECRETS_KEY: `keyid:base64 of 32 bytes`, comma-separated. The first seals, all of them open, so a new key is
 * put in front and the old one taken away when nothing is sealed with it any more. Error texts never hold a key.
 */

/** A mistake of whoever deployed the gateway, with what to do about it. */
export class SecretsKeyError extends Error {
  readonly reason: 'secrets_key_missing' | 'secrets_key_invalid';
  constructor(reason: SecretsKeyError['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}

export interface KeyRing {
  /** What new texts are sealed with. */
  readonly current: string;
  readonly keys: ReadonlyMap<string, CryptoKey>;
}

const KEY_ID = /^[a-zA-Z0-9_-]{1,32}$/;
const KEY_BYTES = 32;
/** An id of its own each time: what an older key sealed would be taken for sealed with the new one. */
const HOW_TO =
  'a key is made with: echo "k$(date +%Y%m%d%H%M):$(openssl rand -base64 32)" | npx wrangler secret put SECRETS_KEY';
const MISSING =
  'This gateway has no SECRETS_KEY, so it keeps no pipelines and no secrets: their texts are stored sealed only.';

/**
 * Every key that the deployment has, newest first: a secret of a Worker cannot be read back to put a key in front of it, so
 * `npm run deploy -- --rotate-secrets-key` adds SECRETS_KEY_2, SECRETS_KEY_3, … beside it.
 */
export function secretsKeys(env: { readonly SECRETS_KEY?: string }): string | undefined {
  const numbered = Object.entries(env)
    .map(([name, value]) => ({ number: Number(/^SECRETS_KEY_(\d{1,6})$/.exec(name)?.[1] ?? 0), value: String(value) }))
    .filter(({ number, value }) => number > 0 && value.trim() !== '')
    .sort((a, b) => b.number - a.number)
    .map(({ value }) => value);
  const first = env.SECRETS_KEY?.trim() ? [env.SECRETS_KEY] : [];
  return [...numbered, ...first].join(',') || undefined;
}

let last: { readonly text: string; readonly ring: KeyRing } | undefined;

/** Parsed once for each text. Throws SecretsKeyError. */
export async function keyRing(text: string | undefined): Promise<KeyRing> {
  if (text === undefined || text.trim() === '')
    throw new SecretsKeyError('secrets_key_missing', `${MISSING} ${HOW_TO}`);
  if (last?.text === text) return last.ring;
  const ring = await parse(text);
  last = { text, ring };
  return ring;
}

async function parse(text: string): Promise<KeyRing> {
  const keys = new Map<string, CryptoKey>();
  for (const [index, part] of text.split(',').entries()) {
    const where = `SECRETS_KEY: key ${index + 1}`;
    const colon = part.indexOf(':');
    if (colon < 0) throw invalid(`${where} has no ":"; a key is written keyid:base64`);
    const id = part.slice(0, colon).trim();
    if (!KEY_ID.test(id)) throw invalid(`${where}: its id has 1 to 32 characters of a-z, A-Z, 0-9, "_" and "-"`);
    if (keys.has(id)) throw invalid(`${where}: the id ${id} is there twice; every key has an id of its own`);
    const bytes = decodeBase64(part.slice(colon + 1).trim());
    if (bytes === undefined) throw invalid(`${where} (${id}): what follows the ":" is not base64`);
    if (bytes.byteLength !== KEY_BYTES) {
      throw invalid(`${where} (${id}) has ${bytes.byteLength} bytes in place of ${KEY_BYTES}`);
    }
    keys.set(id, await crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']));
  }
  return { current: keys.keys().next().value as string, keys };
}

function invalid(message: string): SecretsKeyError {
  return new SecretsKeyError('secrets_key_invalid', `${message}; ${HOW_TO}`);
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
