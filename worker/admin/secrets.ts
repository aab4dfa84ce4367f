/**
 * Secrets: names and versions, never values. A tenant's are read by its own pipeline, the gateway's by the default one.
 * A value comes in once and goes out only to where a pipeline sends.
 */
import * as v from 'valibot';
import { compilePipeline } from '../tenants/compile.ts';
import { secretsFor } from '../tenants/pipeline-cache.ts';
import { GATEWAY, latestPipeline } from '../tenants/pipelines.ts';
import { MAX_STEP, reencrypt } from '../tenants/reencrypt.ts';
import {
  deleteSecret,
  listSecrets,
  MAX_SECRET_BYTES,
  MAX_SECRETS,
  SECRET_NAME,
  setSecret,
  unreadableSecrets,
} from '../tenants/secrets.ts';
import {
  type AdminContext,
  auditDetail,
  integerParameter,
  jsonBody,
  jsonResponse,
  noContent,
  type Operation,
  pathParameter,
  queryInteger,
  tenantOf,
} from './operation.ts';
import { pipelineChanged } from './pipeline-changed.ts';
import { readJson, refuse } from './read-json.ts';
import { count, errorShape, timeMs } from './shapes.ts';
import { withVault } from './vault-errors.ts';

const secretShape = v.object({
  name: v.string(),
  version: v.pipe(count, v.description('grows with every change of one of these secrets')),
  createdAtMs: timeMs,
  keyId: v.pipe(v.string(), v.description('the key of SECRETS_KEY that it is sealed with')),
  problem: v.pipe(v.nullable(v.string()), v.description('why it does not open; null: it does')),
});

const setShape = v.object({ name: v.string(), version: count, createdAtMs: timeMs });

const secretSchema = v.strictObject({
  value: v.pipe(
    v.string('the value is a text'),
    v.minLength(1, 'a value is not empty'),
    v.check(
      (value) => new TextEncoder().encode(value).byteLength <= MAX_SECRET_BYTES,
      `a value has at most ${MAX_SECRET_BYTES} bytes`,
    ),
  ),
});

const reencryptShape = v.object({
  reencrypted: v.pipe(count, v.description('in this step')),
  remaining: v.pipe(count, v.description('to be done: ask again until it is 0')),
  unreadable: v.pipe(v.array(v.string()), v.description('what did not open and stays as it is')),
  keyIds: v.array(
    v.object({
      keyId: v.pipe(v.string(), v.description('empty: stored before texts were sealed')),
      state: v.pipe(
        v.picklist(['current', 'known', 'missing', 'wrong', 'plain']),
        v.description(
          'current: it seals; known: it opens; missing: not in SECRETS_KEY; wrong: another key under the same id; plain: not sealed',
        ),
      ),
      secrets: count,
      pipelines: count,
    }),
  ),
});

interface Subject {
  readonly word: '' | 'Gateway';
  readonly path: string;
  readonly access: 'tenant' | 'gateway';
  readonly whose: string;
  readonly follows: string;
  readonly audit: string;
  owner(c: AdminContext): string;
}

const TENANTS: Subject = {
  word: '',
  path: '/tenants/:tenant/secrets',
  access: 'tenant',
  whose: "a tenant's secrets, which its pipeline reads",
  follows: 'the pipeline has it within 5 s, and outboxes that wait try again',
  audit: 'secret',
  owner: tenantOf,
};

const GATEWAYS: Subject = {
  word: 'Gateway',
  path: '/secrets',
  access: 'gateway',
  whose: "the gateway's own secrets, which the default pipeline reads",
  follows: 'the default pipeline has it within 60 s',
  audit: 'gateway_secret',
  owner: () => GATEWAY,
};

export const secretOperations: readonly Operation[] = withVault([
  ...operationsFor(TENANTS),
  ...operationsFor(GATEWAYS),
  {
    id: 'reencryptSecrets',
    method: 'POST',
    path: '/secrets/reencrypt',
    summary:
      'Seals secrets and pipelines again with the first key of SECRETS_KEY, and tells what is sealed with which.',
    description:
      'One bounded step a request: ask again until `remaining` is 0. An old key may go when nothing uses it.',
    access: 'gateway',
    query: {
      limit: integerParameter(`how many texts in this step, ${MAX_STEP} at most and by default; 0: only count`, {
        maximum: MAX_STEP,
      }),
    },
    responses: { 200: jsonResponse(reencryptShape, 'What was done, what is left, and what uses which key.') },
    audit: 'secret.reencrypt',
    handle: reencryptStep,
  },
]);

function operationsFor({ word, path, access, whose, follows, audit, owner }: Subject): readonly Operation[] {
  return [
    {
      id: `list${word}Secrets`,
      method: 'GET',
      path,
      summary: `Lists ${whose}, without their values.`,
      access,
      responses: { 200: jsonResponse(v.object({ secrets: v.array(secretShape) }), 'By name.') },
      handle: (c) => list(c, owner(c)),
    },
    {
      id: `set${word}Secret`,
      method: 'PUT',
      path: `${path}/:name`,
      summary: `Sets one of ${whose}; ${follows}.`,
      description: 'The value before it is wiped.',
      access,
      parameters: {
        name: {
          description: 'as in secret("name"): letters, digits, "_", "-" and ".", at most 128',
          pattern: SECRET_NAME.source,
        },
      },
      body: jsonBody(secretSchema),
      responses: {
        200: jsonResponse(setShape, 'Never the value.'),
        409: jsonResponse(errorShape, `\`too_many_secrets\`: there are ${MAX_SECRETS}.`),
      },
      audit: `${audit}.set`,
      handle: (c) => putSecret(c, owner(c)),
    },
    {
      id: `delete${word}Secret`,
      method: 'DELETE',
      path: `${path}/:name`,
      summary: `Wipes one of ${whose}.`,
      access,
      responses: {
        204: noContent('The value is gone.'),
        404: jsonResponse(errorShape, '`secret_unknown`: there is none of the name.'),
        409: jsonResponse(errorShape, '`secret_in_use`: the pipeline reads it.'),
      },
      audit: `${audit}.delete`,
      handle: (c) => removeSecret(c, owner(c)),
    },
  ];
}

async function list(c: AdminContext, owner: string): Promise<Response> {
  const [secrets, unreadable] = await Promise.all([listSecrets(c.env.DB, owner), unreadableSecrets(c.env, owner)]);
  return c.json({ secrets: secrets.map((secret) => ({ ...secret, problem: unreadable.get(secret.name) ?? null })) });
}

async function putSecret(c: AdminContext, owner: string): Promise<Response> {
  const name = pathParameter(c, 'name');
  auditDetail(c, SECRET_NAME.test(name) ? name : '');
  if (!SECRET_NAME.test(name)) {
    const rule = 'letters, digits, "_", "-" and ".", at most 128, and begins with none of the last two';
    return refuse(c, 400, 'invalid_request', `name: a secret's name has ${rule}`);
  }
  const body = await readJson(c, secretSchema);
  if ('response' in body) return body.response;
  const known = await listSecrets(c.env.DB, owner);
  if (known.length >= MAX_SECRETS && !known.some((secret) => secret.name === name)) {
    return refuse(c, 409, 'too_many_secrets', `there are ${known.length} secrets, and more are not kept`);
  }
  const createdAtMs = Date.now();
  const version = await setSecret(c.env, owner, name, body.value.value, createdAtMs);
  auditDetail(c, name, { version });
  await pipelineChanged(c.env, c.executionCtx, owner);
  return c.json({ name, version, createdAtMs });
}

async function removeSecret(c: AdminContext, owner: string): Promise<Response> {
  const name = pathParameter(c, 'name');
  if (await isInUse(c, owner, name)) {
    const whose = owner === GATEWAY ? 'the default pipeline' : `the pipeline of ${owner}`;
    return refuse(c, 409, 'secret_in_use', `${whose} reads secret(${JSON.stringify(name)}); change it first`);
  }
  if (!(await deleteSecret(c.env.DB, owner, name, Date.now()))) {
    return refuse(c, 404, 'secret_unknown', `there is no secret ${JSON.stringify(name)}`);
  }
  auditDetail(c, name);
  await pipelineChanged(c.env, c.executionCtx, owner);
  return c.body(null, 204);
}

/** Of the pipeline as it is now. An older one that is brought back is checked then. */
async function isInUse(c: AdminContext, owner: string, name: string): Promise<boolean> {
  const current = await latestPipeline(c.env, owner);
  if (current === undefined || !current.text.includes('secret')) return false;
  const secrets = await secretsFor(c.env, owner, current.text);
  const { secretsUsed } = compilePipeline(owner, { filename: 'pipeline', text: current.text }, secrets);
  return (secrets.values.has(name) || secrets.unreadable.has(name)) && secretsUsed.has(name);
}

async function reencryptStep(c: AdminContext): Promise<Response> {
  const done = await reencrypt(c.env, queryInteger(c, 'limit') ?? MAX_STEP);
  auditDetail(c, '', { reencrypted: done.reencrypted, remaining: done.remaining });
  return c.json(done);
}
