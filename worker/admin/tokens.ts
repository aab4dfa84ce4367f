/** Tokens of tenants. Each is shown once, when it is made. docs/tokens.md. */
import * as v from 'valibot';
import { forgetToken } from '../auth/authenticate.ts';
import { createTokenParts, formatToken, sha256Hex, type TokenParts } from '../auth/token.ts';
import { tenantHub } from '../hub/client.ts';
import { HUB_VERSION } from '../hub/messages.ts';
import { SCOPES, type TokenRecord } from '../tenants/tenant.ts';
import {
  changeToken,
  countTokens,
  findToken,
  forgetEndedTokens,
  insertToken,
  listTokens,
  MAX_TOKENS,
  replaceToken,
  revokeToken,
} from '../tenants/tokens.ts';
import {
  type AdminContext,
  type AuditValue,
  auditDetail,
  jsonBody,
  jsonResponse,
  noContent,
  type Operation,
  pathParameter,
  tenantOf,
} from './operation.ts';
import { readJson, refuse } from './read-json.ts';
import {
  changeTokenSchema,
  changeTokenShape,
  createTokenSchema,
  createTokenShape,
  rotateTokenSchema,
} from './schemas.ts';
import { errorShape, timeMs, timeMsOrNull, tokenLimitsShape } from './shapes.ts';
import { latestEndMs, refuseOutliving } from './token-expiry.ts';

const tokenEntries = {
  id: v.string(),
  tenant: v.string(),
  name: v.string(),
  scopes: v.array(v.picklist(SCOPES)),
  labels: v.record(v.string(), v.string()),
  limits: v.pipe(tokenLimitsShape, v.description('rates of its own, on top of those of the tenant')),
  replaces: v.pipe(v.nullable(v.string()), v.description('the id of the token that it was made to replace')),
  createdAtMs: timeMs,
  expiresAtMs: timeMsOrNull,
  revokedAtMs: timeMsOrNull,
};

const listedToken = v.object({
  ...tokenEntries,
  state: v.picklist(['valid', 'expired', 'revoked']),
  replacedBy: v.pipe(v.nullable(v.string()), v.description('the id of the token that was made to replace it')),
  lastUsedAtMs: v.pipe(timeMsOrNull, v.description('half a minute old at most; null: never, as far as is known')),
});

const shownOnce = v.object({
  ...tokenEntries,
  token: v.pipe(v.string(), v.description('the only time that it is shown')),
});

const tooMany = jsonResponse(errorShape, `\`too_many_tokens\`: ${MAX_TOKENS} tokens of the tenant work already.`);
const unknown = jsonResponse(errorShape, '`token_unknown`: the tenant has no token of this id.');
const OUTLIVES =
  "A tenant's token that expires gives a token with the scope `admin` or `read` no later end than its own (403); operators are free.";

export const tokenOperations: readonly Operation[] = [
  {
    id: 'listTokens',
    method: 'GET',
    path: '/tenants/:tenant/tokens',
    summary: 'Lists the tokens of a tenant, without their secrets.',
    access: 'tenant',
    responses: { 200: jsonResponse(v.object({ tokens: v.array(listedToken) }), 'All tokens, oldest first.') },
    handle: list,
  },
  {
    id: 'createToken',
    method: 'POST',
    path: '/tenants/:tenant/tokens',
    summary: 'Creates a token ([tokens.md](tokens.md)).',
    description: OUTLIVES,
    access: 'tenant',
    body: jsonBody(createTokenShape),
    responses: { 201: jsonResponse(shownOnce, 'The token.'), 409: tooMany },
    audit: 'token.create',
    example: {
      body: { name: 'web', scopes: ['agent'], labels: { team: 'shop' }, limits: { metrics: { ingestion_rate: 1000 } } },
    },
    handle: createToken,
  },
  {
    id: 'changeToken',
    method: 'PUT',
    path: '/tenants/:tenant/tokens/:id',
    summary: 'Changes name, expiry or limits of a token; what is not given stays.',
    description: `Everywhere in force within 60 s. \`limits\` replaces all limits of the token, \`{}\` takes them away. ${OUTLIVES}`,
    access: 'tenant',
    body: jsonBody(changeTokenShape),
    responses: { 200: jsonResponse(v.object(tokenEntries), 'The token as it is now.'), 404: unknown },
    audit: 'token.change',
    example: { body: { expiresAtMs: 1_795_384_800_000 } },
    handle: change,
  },
  {
    id: 'rotateToken',
    method: 'POST',
    path: '/tenants/:tenant/tokens/:id/rotate',
    summary: 'Makes a token in the place of another one, which ends after a grace period.',
    description:
      'The new one has the same name, scopes, labels and limits, and lives as long as the old one was made to. Both work until the grace period is over. Where a token of the tenant asks, a new one with the scope `admin` or `read` ends when the asking one does at the latest.',
    access: 'tenant',
    body: jsonBody(rotateTokenSchema),
    responses: {
      201: jsonResponse(
        v.object({ ...shownOnce.entries, endsAtMs: timeMs }),
        'The new token; `endsAtMs`: when the old one ends.',
      ),
      404: unknown,
      409: jsonResponse(
        errorShape,
        '`token_ended`: it is revoked or expired; `token_replaced`: it was rotated before; or `too_many_tokens`.',
      ),
    },
    audit: 'token.rotate',
    example: { body: { graceMs: 3_600_000 } },
    handle: rotate,
  },
  {
    id: 'revokeToken',
    method: 'DELETE',
    path: '/tenants/:tenant/tokens/:id',
    summary: 'Revokes a token: it is refused everywhere within 60 s.',
    access: 'tenant',
    responses: { 204: noContent('Revoked.'), 404: unknown },
    audit: 'token.revoke',
    handle: revoke,
  },
];

async function list(c: AdminContext): Promise<Response> {
  const tenant = tenantOf(c);
  const [tokens, { lastUsedAtMs }] = await Promise.all([
    listTokens(c.env.DB, tenant),
    tenantHub(c.env, tenant).tokensUsed({ v: HUB_VERSION }),
  ]);
  const replacedBy = replacements(tokens);
  const nowMs = Date.now();
  return c.json({
    tokens: tokens.map((token) => ({
      ...publicToken(token),
      state: stateOf(token, nowMs),
      replacedBy: replacedBy.get(token.id)?.id ?? null,
      lastUsedAtMs: lastUsedAtMs[token.id] ?? null,
    })),
  });
}

async function createToken(c: AdminContext): Promise<Response> {
  const body = await readJson(c, createTokenSchema);
  if ('response' in body) return body.response;
  const nowMs = Date.now();
  const { token, parts } = newToken({ ...body.value, tenant: tenantOf(c), replaces: null }, nowMs);
  auditDetail(c, token.id, { name: token.name, scopes: token.scopes });
  const outlives = refuseOutliving(c, token.scopes, token.expiresAtMs);
  if (outlives !== undefined) return outlives;
  const full = await refuseBeyondMaximum(c, nowMs);
  if (full !== undefined) return full;
  await insertToken(c.env.DB, token);
  return c.json({ ...publicToken(token), token: formatToken(parts) }, 201);
}

/** The database is everybody's. Those that ended make room by themselves. */
async function refuseBeyondMaximum(c: AdminContext, nowMs: number): Promise<Response | undefined> {
  const tenant = tenantOf(c);
  await forgetEndedTokens(c.env.DB, tenant, nowMs);
  if ((await countTokens(c.env.DB, tenant, nowMs)) < MAX_TOKENS) return undefined;
  const text = `${MAX_TOKENS} tokens of the tenant ${tenant} work already; revoke those that nobody uses (lastUsedAtMs)`;
  return refuse(c, 409, 'too_many_tokens', text);
}

async function change(c: AdminContext): Promise<Response> {
  const body = await readJson(c, changeTokenSchema);
  if ('response' in body) return body.response;
  const id = pathParameter(c, 'id');
  const { name, expiresAtMs } = body.value;
  const known = await findToken(c.env.DB, id);
  if (known === undefined || known.tenant !== tenantOf(c)) return tokenUnknown(c, id);
  // Scopes never change, so what was read still holds when it is written.
  const outlives = expiresAtMs === undefined ? undefined : refuseOutliving(c, known.scopes, expiresAtMs);
  if (outlives !== undefined) return outlives;
  const token = await changeToken(c.env.DB, tenantOf(c), id, body.value);
  if (token === undefined) return tokenUnknown(c, id);
  auditDetail(c, id, {
    name: token.name,
    changed: Object.keys(body.value),
    ...(name !== undefined && { newName: name }),
    ...(expiresAtMs !== undefined && { expiresAtMs }),
  } satisfies Record<string, AuditValue>);
  forgetToken(id);
  return c.json(publicToken(token));
}

async function rotate(c: AdminContext): Promise<Response> {
  const body = await readJson(c, rotateTokenSchema);
  if ('response' in body) return body.response;
  const tenant = tenantOf(c);
  const id = pathParameter(c, 'id');
  const tokens = await listTokens(c.env.DB, tenant);
  const old = tokens.find((token) => token.id === id);
  if (old === undefined) return tokenUnknown(c, id);
  const nowMs = Date.now();
  const state = stateOf(old, nowMs);
  if (state !== 'valid') {
    return refuse(c, 409, 'token_ended', `the token ${id} is ${state}; create a new one`);
  }
  const earlier = replacements(tokens).get(id);
  if (earlier !== undefined && stateOf(earlier, nowMs) === 'valid') {
    return refuse(c, 409, 'token_replaced', `the token ${id} was replaced by ${earlier.id}; rotate or revoke that one`);
  }
  const full = await refuseBeyondMaximum(c, nowMs);
  if (full !== undefined) return full;
  const endsAtMs = Math.min(old.expiresAtMs ?? Number.POSITIVE_INFINITY, nowMs + body.value.graceMs);
  // Rotated before: then its own end is that of a grace period.
  const lifetimeMs = lifetimeOf(earlier ?? old);
  const endMs = Math.min(
    lifetimeMs === null ? Number.POSITIVE_INFINITY : nowMs + lifetimeMs,
    latestEndMs(c, old.scopes),
  );
  const expiresAtMs = Number.isFinite(endMs) ? endMs : null;
  const { token, parts } = newToken({ ...old, replaces: id, expiresAtMs }, nowMs);
  auditDetail(c, id, { name: old.name, newId: token.id, endsAtMs });
  await replaceToken(c.env.DB, token, endsAtMs);
  forgetToken(id);
  return c.json({ ...publicToken(token), token: formatToken(parts), endsAtMs }, 201);
}

async function revoke(c: AdminContext): Promise<Response> {
  const tenant = tenantOf(c);
  const id = pathParameter(c, 'id');
  if (!(await revokeToken(c.env.DB, tenant, id, Date.now()))) return tokenUnknown(c, id);
  forgetToken(id);
  return c.body(null, 204);
}

type Wanted = Omit<TokenRecord, 'id' | 'secretSha256' | 'createdAtMs' | 'revokedAtMs'>;

/** `parts` are seen this one time: only the hash of the secret is stored. */
function newToken(wanted: Wanted, nowMs: number): { token: TokenRecord; parts: TokenParts } {
  const { tenant, name, scopes, labels, limits, replaces, expiresAtMs } = wanted;
  const parts = createTokenParts();
  const made = { id: parts.id, secretSha256: sha256Hex(parts.secret), createdAtMs: nowMs, revokedAtMs: null };
  return { parts, token: { ...made, tenant, name, scopes, labels, limits, replaces, expiresAtMs } };
}

/** By the id of the replaced token: the latest one that replaces it. */
function replacements(tokens: readonly TokenRecord[]): ReadonlyMap<string, TokenRecord> {
  return new Map(tokens.flatMap((token) => (token.replaces === null ? [] : [[token.replaces, token] as const])));
}

function lifetimeOf({ createdAtMs, expiresAtMs }: TokenRecord): number | null {
  return expiresAtMs === null ? null : expiresAtMs - createdAtMs;
}

function stateOf({ revokedAtMs, expiresAtMs }: TokenRecord, nowMs: number): 'valid' | 'expired' | 'revoked' {
  if (revokedAtMs !== null) return 'revoked';
  return expiresAtMs !== null && expiresAtMs <= nowMs ? 'expired' : 'valid';
}

function tokenUnknown(c: AdminContext, id: string): Response {
  return refuse(c, 404, 'token_unknown', `the tenant ${tenantOf(c)} has no token ${JSON.stringify(id)}`);
}

function publicToken({ secretSha256: _, ...token }: TokenRecord): Omit<TokenRecord, 'secretSha256'> {
  return token;
}
