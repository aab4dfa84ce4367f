/**
 * Against guessing: an address from which too many bad tokens came is answered 429 for every token that this isolate does
 * not know, before the database is asked. Tokens that are known keep working, because a whole office may share the
 * address. Only failures count, so nobody is slowed down by being busy. Holds numbers only, no token.
 */
import { type Env, integerSetting } from '../env.ts';
import { errorText, log } from '../telemetry/log.ts';

export type ShieldEnv = Pick<Env, 'AUTH_SHIELD' | 'AUTH_FAILURES_PER_MINUTE'>;

/** Where the platform's binding does not count. Of one isolate, of which `spillway serve` has one. */
const DEFAULT_FAILURES_PER_MINUTE = 300;
const MINUTE_MS = 60_000;
/** The binding counts for all isolates of a place; each asks it again after so long, at the price of one look-up. */
const BLOCKED_MS = 10_000;
/** Those that were not heard of for longest are forgotten. */
const MAX_ADDRESSES = 10_000;

interface Window {
  readonly startMs: number;
  readonly failures: number;
}

export class AuthShield {
  readonly #blockedUntilMs = new Map<string, number>();
  readonly #windows = new Map<string, Window>();

  /** How long the address has to wait; 0: its tokens are looked up. */
  waitMs(address: string | undefined, nowMs: number): number {
    const untilMs = address === undefined ? undefined : this.#blockedUntilMs.get(address);
    if (untilMs === undefined) return 0;
    const waitMs = untilMs - nowMs;
    // What is further ahead was dated before the clock jumped back.
    if (waitMs > 0 && waitMs <= MINUTE_MS) return waitMs;
    this.#blockedUntilMs.delete(address as string);
    return 0;
  }

  /** A token of this address was not good. Whether it was one too many. */
  async failed(address: string | undefined, env: ShieldEnv, nowMs: number): Promise<boolean> {
    if (address === undefined) return false;
    const untilMs = (await blockedByBinding(address, env, nowMs)) ?? this.#blockedHere(address, env, nowMs);
    if (untilMs > nowMs) remember(this.#blockedUntilMs, address, untilMs);
    return untilMs > nowMs;
  }

  clear(): void {
    this.#blockedUntilMs.clear();
    this.#windows.clear();
  }

  #blockedHere(address: string, env: ShieldEnv, nowMs: number): number {
    const known = this.#windows.get(address);
    const runs = known !== undefined && nowMs >= known.startMs && nowMs - known.startMs < MINUTE_MS;
    const window = runs ? { ...known, failures: known.failures + 1 } : { startMs: nowMs, failures: 1 };
    remember(this.#windows, address, window);
    const most = integerSetting(env.AUTH_FAILURES_PER_MINUTE, DEFAULT_FAILURES_PER_MINUTE);
    return window.failures < most ? 0 : window.startMs + MINUTE_MS;
  }
}

/** Undefined where there is no binding or it does not answer: then the isolate counts. */
async function blockedByBinding(address: string, env: ShieldEnv, nowMs: number): Promise<number | undefined> {
  if (env.AUTH_SHIELD === undefined) return undefined;
  try {
    const { success } = await env.AUTH_SHIELD.limit({ key: address });
    return success ? 0 : nowMs + BLOCKED_MS;
  } catch (error) {
    log('warn', 'auth_shield_unavailable', { error: errorText(error) });
    return undefined;
  }
}

function remember<T>(entries: Map<string, T>, address: string, value: T): void {
  entries.delete(address);
  entries.set(address, value);
  if (entries.size > MAX_ADDRESSES) entries.delete(entries.keys().next().value as string);
}
