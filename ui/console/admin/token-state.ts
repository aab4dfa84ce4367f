/** What the times of a token mean. Pure. */
import { DAY_MS, formatAgo, formatDuration } from '../../format/time.ts';
import type { State } from '../state.ts';
import type { TokenView } from './types.ts';

/** A token that ends this soon is one to rotate. */
const ENDS_SOON_MS = 14 * DAY_MS;
/** Not used for longer than this: perhaps nobody needs it any more. */
export const UNUSED_AFTER_MS = 7 * DAY_MS;

type Lifetime = Pick<TokenView, 'expiresAtMs' | 'revokedAtMs'>;

export function isEnded({ expiresAtMs, revokedAtMs }: Lifetime, nowMs: number): boolean {
  return revokedAtMs !== null || (expiresAtMs !== null && expiresAtMs <= nowMs);
}

export function lifetimeState(token: Lifetime & { readonly replacedBy?: string | null }, nowMs: number): State {
  const { expiresAtMs, revokedAtMs, replacedBy } = token;
  if (revokedAtMs !== null) return { level: 'idle', text: `revoked ${formatAgo(revokedAtMs, nowMs)}` };
  if (expiresAtMs === null) return { level: 'ok', text: 'valid' };
  const leftMs = expiresAtMs - nowMs;
  if (leftMs <= 0) return { level: 'idle', text: `expired ${formatAgo(expiresAtMs, nowMs)}` };
  if (replacedBy != null) return { level: 'attention', text: `replaced, ends in ${formatDuration(leftMs)}` };
  return { level: leftMs < ENDS_SOON_MS ? 'attention' : 'ok', text: `expires in ${formatDuration(leftMs)}` };
}

/** A token that is good and that nobody uses is one to ask about. */
export function usageState({ createdAtMs, lastUsedAtMs, ...token }: TokenView, nowMs: number): State {
  const ended = isEnded(token, nowMs);
  if (lastUsedAtMs === null) {
    const isNew = nowMs - createdAtMs < DAY_MS;
    return { level: ended || isNew ? 'idle' : 'attention', text: isNew ? 'not yet' : 'never' };
  }
  const unused = nowMs - lastUsedAtMs > UNUSED_AFTER_MS;
  return { level: unused && !ended ? 'attention' : 'ok', text: formatAgo(lastUsedAtMs, nowMs) };
}
