/** What an operator does to an outbox. A destination id holds slashes, so it comes as the query parameter `destination`. */
import * as v from 'valibot';
import { tenantHub } from '../hub/client.ts';
import { HUB_VERSION } from '../hub/messages.ts';
import { type OutboxRpc, outbox } from '../outbox/client.ts';
import { OUTBOX_VERSION, type OutboxDetails } from '../outbox/messages.ts';
import {
  type AdminContext,
  type AuditValue,
  auditDetail,
  jsonBody,
  jsonResponse,
  type Operation,
  pathParameter,
  tenantOf,
  textParameter,
  textResponse,
} from './operation.ts';
import { outboxDetails, outboxList } from './outboxes.ts';
import { readJson, refuse } from './read-json.ts';
import { givenTimeMs } from './schemas.ts';
import { count, outboxDetailsShape, outboxShape } from './shapes.ts';

const purgeSchema = v.strictObject({ enqueuedBeforeMs: givenTimeMs });
const replaySchema = v.strictObject({ id: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1))) });

/** Every operation on one outbox: of a tenant, by the id of its destination. */
const ofOneOutbox = {
  access: 'tenant',
  query: { destination: textParameter("the destination's id, as the list has it", { required: true }) },
} as const;

const outboxNow = v.object({ outbox: outboxShape });

export const outboxOperations: readonly Operation[] = [
  {
    id: 'listOutboxes',
    method: 'GET',
    path: '/tenants/:tenant/outboxes',
    summary: 'Lists the outboxes of a tenant, one for each destination.',
    access: 'tenant',
    responses: {
      200: jsonResponse(
        v.object({ outboxes: v.array(outboxShape) }),
        'Those of the pipeline, and those that were used and left it; of more than a hundred that were used the ones with data first.',
      ),
    },
    handle: async (c) => c.json({ outboxes: await outboxList(c.env, tenantOf(c)) }),
  },
  {
    ...ofOneOutbox,
    id: 'getOutbox',
    method: 'GET',
    path: '/tenants/:tenant/outbox',
    summary: 'Shows one outbox with its dead letters and its history.',
    responses: { 200: jsonResponse(outboxDetailsShape, 'The outbox; dead letters newest first.') },
    handle: showOutbox,
  },
  {
    ...ofOneOutbox,
    id: 'pauseOutbox',
    method: 'POST',
    path: '/tenants/:tenant/outbox/pause',
    summary: 'Sends nothing to the destination any more; new data queues.',
    responses: { 200: jsonResponse(outboxNow, 'The outbox as it is now.') },
    audit: 'outbox.pause',
    handle: (c) => act(c, (found, { signal }) => found.hold({ v: OUTBOX_VERSION, ...address(c), signal })),
  },
  {
    ...ofOneOutbox,
    id: 'resumeOutbox',
    method: 'POST',
    path: '/tenants/:tenant/outbox/resume',
    summary: 'Ends every pause and sends at once.',
    responses: { 200: jsonResponse(outboxNow, 'The outbox as it is now.') },
    audit: 'outbox.resume',
    handle: (c) => act(c, (found) => found.release({ v: OUTBOX_VERSION })),
  },
  {
    ...ofOneOutbox,
    id: 'retryOutbox',
    method: 'POST',
    path: '/tenants/:tenant/outbox/retry',
    summary: "Tries now instead of when the wait is over; an operator's pause stays.",
    responses: { 200: jsonResponse(outboxNow, 'The outbox as it is now.') },
    audit: 'outbox.retry',
    handle: (c) => act(c, (found) => found.resume({ v: OUTBOX_VERSION })),
  },
  {
    ...ofOneOutbox,
    id: 'skipPayload',
    method: 'POST',
    path: '/tenants/:tenant/outbox/skip',
    summary: 'Sets the payload aside that the destination does not take, as a dead letter, and tries the next.',
    responses: {
      200: jsonResponse(
        v.object({ v: count, payloads: count, items: count, outbox: outboxShape }),
        'What was set aside: one payload, or none where no attempt has failed; and the outbox as it is now.',
      ),
    },
    audit: 'outbox.skip',
    handle: (c) => act(c, (found) => found.skip({ v: OUTBOX_VERSION })),
  },
  {
    ...ofOneOutbox,
    id: 'purgeOutbox',
    method: 'POST',
    path: '/tenants/:tenant/outbox/purge',
    summary: 'Throws away what was enqueued before a time; it counts as dropped.',
    body: jsonBody(purgeSchema),
    responses: {
      200: jsonResponse(
        v.object({ v: count, payloads: count, items: count, outbox: outboxShape }),
        'What was thrown away, and the outbox as it is now.',
      ),
    },
    audit: 'outbox.purge',
    handle: purge,
  },
  {
    ...ofOneOutbox,
    id: 'replayDeadLetters',
    method: 'POST',
    path: '/tenants/:tenant/outbox/replay',
    summary: 'Queues one dead letter again, or all that have their bytes.',
    body: jsonBody(replaySchema),
    responses: {
      200: jsonResponse(
        v.object({ v: count, replayed: count, kept: count, outbox: outboxShape }),
        'How many were queued and how many stay dead, and the outbox as it is now.',
      ),
    },
    audit: 'outbox.replay',
    handle: replay,
  },
  {
    ...ofOneOutbox,
    id: 'getDeadLetter',
    method: 'GET',
    path: '/tenants/:tenant/outbox/dead-letters/:id',
    parameters: { id: { description: 'number of the dead letter', pattern: '^[0-9]{1,15}$' } },
    summary: 'The bytes of a dead letter as they were sent.',
    responses: {
      200: textResponse('application/octet-stream', 'The bytes.', {
        'X-Spillway-Content-Type': 'their type',
        'X-Spillway-Content-Encoding': 'their encoding',
      }),
    },
    handle: deadLetter,
  },
  {
    ...ofOneOutbox,
    id: 'clearDeadLetters',
    method: 'DELETE',
    path: '/tenants/:tenant/outbox/dead-letters',
    summary: 'Forgets the dead letters.',
    responses: {
      200: jsonResponse(v.object({ removed: count, outbox: outboxShape }), 'How many, and the outbox as it is now.'),
    },
    audit: 'outbox.clear_dead_letters',
    handle: (c) => act(c, async (found) => ({ removed: await found.clearDeadLetters({ v: OUTBOX_VERSION }) })),
  },
];

async function showOutbox(c: AdminContext): Promise<Response> {
  const { tenant, destination } = address(c);
  const details = await outboxDetails(c.env, tenant, destination);
  return details === undefined ? unknownOutbox(c, destination) : c.json(details);
}

async function purge(c: AdminContext): Promise<Response> {
  const body = await readJson(c, purgeSchema);
  if ('response' in body) return body.response;
  return act(c, (found) => found.purge({ v: OUTBOX_VERSION, ...body.value }));
}

async function replay(c: AdminContext): Promise<Response> {
  const body = await readJson(c, replaySchema);
  if ('response' in body) return body.response;
  const { id } = body.value;
  return act(c, (found) => found.replay({ v: OUTBOX_VERSION, ...(id === undefined ? {} : { id }) }));
}

/** For people who want to look with their own tools. */
async function deadLetter(c: AdminContext): Promise<Response> {
  const { tenant, destination } = address(c);
  const given = pathParameter(c, 'id');
  if (!/^\d{1,15}$/.test(given)) return refuse(c, 400, 'invalid_request', 'id: a dead letter is named by its number');
  const id = Number(given);
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
    },
  });
}

function address(c: AdminContext): { readonly tenant: string; readonly destination: string } {
  return { tenant: tenantOf(c), destination: c.req.query('destination') ?? '' };
}

type Action = (found: OutboxRpc, details: OutboxDetails) => Promise<object> | Promise<void>;

/** Acts, and answers with what was done and the outbox as it is now. */
async function act(c: AdminContext, action: Action): Promise<Response> {
  const { tenant, destination } = address(c);
  const details = await outboxDetails(c.env, tenant, destination);
  if (details === undefined) return unknownOutbox(c, destination);
  const found = outbox(c.env, tenant, destination);
  const done = await action(found, details);
  auditDetail(c, destination, numbersOf(done ?? {}));
  const now = await found.status({ v: OUTBOX_VERSION });
  return c.json({ ...done, outbox: { ...now, destination, signal: details.signal } });
}

/** How much was thrown away, replayed or removed. */
function numbersOf(done: object): Record<string, AuditValue> {
  return Object.fromEntries(Object.entries(done).filter(([name, value]) => name !== 'v' && typeof value === 'number'));
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
