/** What tenants sent, by UTC day and signal. Asks their hubs; exact as the ledger is (docs/tokens.md). */
import * as v from 'valibot';
import { SIGNALS } from '../../core/pipeline/signals.ts';
import { tenantHub } from '../hub/client.ts';
import { HUB_VERSION, type UsageDay } from '../hub/messages.ts';
import { KEPT_DAYS, utcDay } from '../hub/usage.ts';
import { listTenants } from '../tenants/repository.ts';
import {
  type AdminContext,
  integerParameter,
  jsonResponse,
  type Operation,
  queryInteger,
  tenantOf,
  textParameter,
} from './operation.ts';
import { refuse } from './read-json.ts';
import { count } from './shapes.ts';

const DAY_MS = 86_400_000;
const DEFAULT_DAYS = 30;
/** Bounds the object calls of one answer. */
const MAX_TENANTS = 50;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

const dayUsage = v.object({
  accepted: count,
  rejected: count,
  dropped: count,
  delivered: v.pipe(count, v.description('by destination: what goes to two counts twice')),
  pushes: v.pipe(count, v.description('whose body was read; each section of a batch is one')),
  receivedBytes: v.pipe(count, v.description('of bodies as they came, compressed')),
});

const signals = v.object(Object.fromEntries(SIGNALS.map((signal) => [signal, v.optional(dayUsage)])));
const day = v.pipe(v.string(), v.regex(DAY), v.description('UTC'));

export const usageOperations: readonly Operation[] = [
  {
    id: 'getUsage',
    method: 'GET',
    path: '/tenants/:tenant/usage',
    summary: 'What a tenant sent on each of the last days, by signal.',
    access: 'tenant',
    query: {
      days: integerParameter(`how many days, today included; ${DEFAULT_DAYS} without it`, {
        minimum: 1,
        maximum: KEPT_DAYS,
      }),
    },
    responses: {
      200: jsonResponse(
        v.object({ tenant: v.string(), days: v.array(v.object({ day, signals })) }),
        'Newest first; days and signals of which there was nothing are left out.',
      ),
    },
    handle: usageOfTenant,
  },
  {
    id: 'getUsageOfDay',
    method: 'GET',
    path: '/usage',
    summary: 'What all tenants sent on one day, by signal.',
    access: 'gateway',
    query: {
      day: textParameter('a UTC day, written as 2026-11-22; today without it', { maxLength: 10, pattern: DAY.source }),
      after: textParameter('go on after this tenant: the `next` of the answer before', { maxLength: 63 }),
    },
    responses: {
      200: jsonResponse(
        v.object({
          day,
          tenants: v.array(v.object({ tenant: v.string(), signals })),
          next: v.pipe(v.nullable(v.string()), v.description(`set where there are more than ${MAX_TENANTS}`)),
        }),
        'By name.',
      ),
    },
    handle: usageOfDay,
  },
];

async function usageOfTenant(c: AdminContext): Promise<Response> {
  const tenant = tenantOf(c);
  const nowMs = Date.now();
  const days = queryInteger(c, 'days') ?? DEFAULT_DAYS;
  return c.json({ tenant, days: await usage(c, tenant, utcDay(nowMs - (days - 1) * DAY_MS), utcDay(nowMs)) });
}

async function usageOfDay(c: AdminContext): Promise<Response> {
  const asked = c.req.query('day') ?? utcDay(Date.now());
  if (!isDay(asked)) {
    return refuse(c, 400, 'invalid_request', `day: ${JSON.stringify(asked)} is no day; write it as 2026-11-22`);
  }
  const after = c.req.query('after') ?? '';
  const left = (await listTenants(c.env.DB)).filter(({ name }) => name > after);
  const shown = left.slice(0, MAX_TENANTS);
  const tenants = await Promise.all(
    shown.map(async ({ name }) => ({ tenant: name, signals: (await usage(c, name, asked, asked))[0]?.signals ?? {} })),
  );
  return c.json({ day: asked, tenants, next: left.length > shown.length ? (shown.at(-1)?.name ?? null) : null });
}

function usage(c: AdminContext, tenant: string, from: string, to: string): Promise<readonly UsageDay[]> {
  return tenantHub(c.env, tenant).usage({ v: HUB_VERSION, from, to });
}

function isDay(text: string): boolean {
  const atMs = DAY.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(atMs) && utcDay(atMs) === text;
}
