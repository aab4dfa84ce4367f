/**
 * What an operator does to an outbox. A destination id holds slashes, so it comes as the query parameter `destination`.
 * docs/admin-api.md lists the routes.
 */
import { Hono } from 'hono';
import * as v from 'valibot';
import type { Env } from '../env.ts';
import { tenantHub } from '../hub/client.ts';
import { HUB_VERSION } from '../hub/messages.ts';
import { type OutboxRpc, outbox } from '../outbox/client.ts';
import { OUTBOX_VERSION, type OutboxDetails } from '../outbox/messages.ts';
import { outboxDetails } from './outboxes.ts';
import { type AdminContext, readJson, refuse } from './read-json.ts';

const purgeSchema = v.strictObject({ enqueuedBeforeMs: v.pipe(v.number(), v.integer(), v.minValue(0)) });
const replaySchema = v.strictObject({ id: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))) });

export const outboxActions = new Hono<{ Bindings: Env }>();

outboxActions.get('/', async (c) => {
  const { tenant, destination } = address(c);
  const details = await outboxDetails(c.env, tenant, destination);
  return details === undefined ? unknownOutbox(c, destination) : c.json(details);
});

outboxActions.post('/pause', (c) =>
  act(c, (found, { signal }) => found.hold({ v: OUTBOX_VERSION, ...address(c), signal })),
);
outboxActions.post('/resume', (c) => act(c, (found) => found.release({ v: OUTBOX_VERSION })));
outboxActions.post('/retry', (c) => act(c, (found) => found.resume({ v: OUTBOX_VERSION })));

outboxActions.post('/purge', async (c) => {
  const body = await readJson(c, purgeSchema);
  if ('response' in body) return body.response;
  return act(c, (found) => found.purge({ v: OUTBOX_VERSION, ...body.value }));
});

outboxActions.post('/replay', async (c) => {
  const body = await readJson(c, replaySchema);
  if ('response' in body) return body.response;
  const { id } = body.value;
  return act(c, (found) => found.replay({ v: OUTBOX_VERSION, ...(id === undefined ? {} : { id }) }));
});

outboxActions.delete('/dead-letters', (c) =>
  act(c, async (found) => ({ removed: await found.clearDeadLetters({ v: OUTBOX_VERSION }) })),
);

/** The bytes as they were sent, for people who want to look with their own tools. */
outboxActions.get('/dead-letters/:id', async (c) => {
  const { tenant, destination } = address(c);
  const id = Number(c.req.param('id'));
  if (!Number.isInteger(id)) return refuse(c, 400, 'invalid_request', 'id: a dead letter is named by its number');
  if (!(await isUsed(c, tenant, destination))) return unknownOutbox(c, destination);
  const payload = await outbox(c.env, tenant, destination).deadLetter({ v: OUTBOX_VERSION, id });
  if (payload === undefined) {
    return refuse(c, 404, 'dead_letter_unknown', `there is no dead letter ${id}, or its bytes were too large to keep`);
  }
  return new Response(payload.body as Uint8Array<ArrayBuffer>, {
    headers: {
      // Never the type that a sender gave it: a browser must not take it for a page.
      'Content-Type': 'application/octet-stream',
      'Content-Disposition': `attachment; filename="dead-letter-${id}"`,
      'X-Spillway-Content-Type': payload.contentType,
      'X-Spillway-Content-Encoding': payload.contentEncoding,
      'Cache-Control': 'no-store',
    },
  });
});

function address(c: AdminContext): { readonly tenant: string; readonly destination: string } {
  return { tenant: c.req.param('tenant') ?? '', destination: c.req.query('destination') ?? '' };
}

type Action = (found: OutboxRpc, details: OutboxDetails) => Promise<object> | Promise<void>;

/** Acts, and answers with what was done and the outbox as it is now. */
async function act(c: AdminContext, action: Action): Promise<Response> {
  const { tenant, destination } = address(c);
  const details = await outboxDetails(c.env, tenant, destination);
  if (details === undefined) return unknownOutbox(c, destination);
  const found = outbox(c.env, tenant, destination);
  const done = await action(found, details);
  const now = await found.status({ v: OUTBOX_VERSION });
  return c.json({ ...done, outbox: { ...now, destination, signal: details.signal } });
}

/** Looking at an object that was never used would create it. */
async function isUsed(c: AdminContext, tenant: string, destination: string): Promise<boolean> {
  const { outboxes } = await tenantHub(c.env, tenant).overview({ v: HUB_VERSION });
  return outboxes.some((found) => found.destination === destination);
}

function unknownOutbox(c: AdminContext, destination: string): Response {
  const message = `the tenant has no outbox of destination ${JSON.stringify(destination)}; "spillway outbox list" names those that it has`;
  return refuse(c, 404, 'outbox_unknown', message);
}
