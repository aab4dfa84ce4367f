/**
 * How long a token may live that somebody makes, changes or rotates. Who stole a tenant's token that administers it would
 * otherwise have it for ever, under this id or another: what such a token makes to administer never outlives it. Tokens that
 * only push administer nothing, and operators are free.
 */
import type { Scope } from '../tenants/tenant.ts';
import { type AdminContext, principalOf } from './operation.ts';
import { refuse } from './read-json.ts';

/** When a token with these scopes may end at the latest; infinite: whenever. */
export function latestEndMs(c: AdminContext, scopes: readonly Scope[]): number {
  const { kind, expiresAtMs } = principalOf(c);
  const administers = scopes.includes('admin') || scopes.includes('read');
  return kind === 'tenant' && administers && expiresAtMs !== null ? expiresAtMs : Number.POSITIVE_INFINITY;
}

export function refuseOutliving(
  c: AdminContext,
  scopes: readonly Scope[],
  endsAtMs: number | null,
): Response | undefined {
  const latestMs = latestEndMs(c, scopes);
  if ((endsAtMs ?? Number.POSITIVE_INFINITY) <= latestMs) return undefined;
  const latest = `${latestMs} (${new Date(latestMs).toISOString()})`;
  const text = `expiresAtMs: a token with the scope admin or read that your token makes or changes ends when yours does at the latest, ${latest}; an operator of the gateway may give it longer`;
  return refuse(c, 403, 'forbidden', text);
}
