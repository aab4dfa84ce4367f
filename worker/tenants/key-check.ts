/**
 * Whether SECRETS_KEY fits what is stored: told as a whole, before pipelines fail one by one. That a key was swapped for
 * another of the same id shows only when something is opened, so a few texts of each key are. Says whose they are and
 * nothing of what is in them.
 */
import { type KeyRing, keyRing, SecretsKeyError, secretsKeys } from '../secrets/key-ring.ts';
import { UnsealError, unseal } from '../secrets/sealed-text.ts';
import type { Vault } from './pipelines.ts';
import { IN_FORCE, placeOf, type SealedRow, type SealedWith, sealedByKey, sealedKind } from './sealed-rows.ts';

export interface KeyUse {
  /** '': stored before texts were sealed. */
  readonly keyId: string;
  /**
   * `current` seals; `known` opens; `missing` is not in SECRETS_KEY, and what is sealed with it cannot be read; `wrong` is
   * there, but nothing that was tried opens with it: the key that sealed it was another.
   */
  readonly state: 'current' | 'known' | 'missing' | 'wrong' | 'plain';
  readonly secrets: number;
  readonly pipelines: number;
}

export interface CheckedKeys {
  readonly keyIds: readonly KeyUse[];
  /** What was tried and did not open, though others of its key do. */
  readonly unreadable: readonly string[];
}

export interface KeyProblem {
  readonly reason:
    | 'secrets_key_missing'
    | 'secrets_key_invalid'
    | 'secrets_key_unknown'
    | 'secrets_key_wrong'
    | 'unreadable';
  readonly message: string;
}

/** `rows`: EVERYTHING or IN_FORCE. Throws SecretsKeyError. */
export async function checkKeys(vault: Vault, rows: string): Promise<CheckedKeys> {
  const ring = await keyRing(secretsKeys(vault));
  const stored = await sealedByKey(vault.DB, rows);
  const unused = [...ring.keys.keys()].filter((id) => !stored.some(({ keyId }) => keyId === id));
  const none = { secrets: 0, pipelines: 0, samples: [] };
  const all: readonly SealedWith[] = [...stored, ...unused.map((keyId) => ({ keyId, ...none }))];
  const unreadable: string[] = [];
  const keyIds: KeyUse[] = [];
  for (const { keyId, secrets, pipelines, samples } of byAge(all, ring)) {
    const closed = ring.keys.has(keyId) ? await closedOf(vault, samples) : [];
    const isWrong = closed.length > 0 && closed.length === samples.length;
    if (!isWrong) unreadable.push(...closed.map(placeOf));
    keyIds.push({ keyId, state: isWrong ? 'wrong' : stateOf(keyId, ring), secrets, pipelines });
  }
  return { keyIds, unreadable };
}

/** What an operator has to mend, of all that pipelines run on now. */
export async function keyProblems(vault: Vault): Promise<KeyProblem[]> {
  let checked: CheckedKeys;
  try {
    checked = await checkKeys(vault, IN_FORCE);
  } catch (error) {
    if (!(error instanceof SecretsKeyError)) throw error;
    return [{ reason: error.reason, message: error.message }];
  }
  const unreadable = checked.unreadable.map(
    (place): KeyProblem => ({
      reason: 'unreadable',
      message: `${place} does not open: it was changed, or sealed with another key of the same id; set it anew`,
    }),
  );
  return [...checked.keyIds.flatMap(problemOf), ...unreadable];
}

function problemOf({ keyId, state, secrets, pipelines }: KeyUse): KeyProblem[] {
  const sealed = `${counted(secrets, 'secret')} and ${counted(pipelines, 'pipeline')}`;
  if (state === 'missing') {
    const message = `SECRETS_KEY has no key ${keyId}, with which ${sealed} are sealed: put it back, or set them anew`;
    return [{ reason: 'secrets_key_unknown', message }];
  }
  if (state === 'wrong') {
    const message = `the key ${keyId} of SECRETS_KEY is not the one of this id with which ${sealed} are sealed: put that one back, or, if it is lost, give the new one another id and set them anew`;
    return [{ reason: 'secrets_key_wrong', message }];
  }
  return [];
}

function stateOf(keyId: string, { current, keys }: KeyRing): KeyUse['state'] {
  if (keyId === '') return 'plain';
  if (keyId === current) return 'current';
  return keys.has(keyId) ? 'known' : 'missing';
}

/** As in SECRETS_KEY, what is in there first. */
function byAge(all: readonly SealedWith[], { keys }: KeyRing): readonly SealedWith[] {
  const ids = [...keys.keys()];
  const place = ({ keyId }: SealedWith) => (keys.has(keyId) ? ids.indexOf(keyId) : ids.length);
  return [...all].sort((a, b) => place(a) - place(b));
}

async function closedOf(vault: Vault, samples: readonly SealedRow[]): Promise<SealedRow[]> {
  const closed: SealedRow[] = [];
  for (const row of samples) {
    try {
      await unseal(secretsKeys(vault), sealedKind(row), row.sealed);
    } catch (error) {
      if (!(error instanceof UnsealError)) throw error;
      closed.push(row);
    }
  }
  return closed;
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
