/** Reads and checks the JSON body of an admin request; what is wrong is said with the field's name. */
import type { Context } from 'hono';
import * as v from 'valibot';
import type { Env } from '../env.ts';
import { readBody } from '../ingest/body.ts';
import { issuesText } from './schemas.ts';

const MAX_JSON_BYTES = 64 * 1024;

export type AdminContext = Context<{ Bindings: Env }>;

/** The value, or the answer that refuses it. */
export async function readJson<S extends v.GenericSchema>(
  c: AdminContext,
  schema: S,
): Promise<{ value: v.InferOutput<S> } | { response: Response }> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder().decode(await readBody(c.req.raw, MAX_JSON_BYTES)));
  } catch {
    return {
      response: refuse(c, 400, 'malformed_json', `the body must be a JSON object of at most ${MAX_JSON_BYTES} bytes`),
    };
  }
  const result = v.safeParse(schema, parsed);
  if (result.success) return { value: result.output };
  return { response: refuse(c, 400, 'invalid_request', issuesText(result.issues)) };
}

export function refuse(
  c: AdminContext,
  status: 400 | 404 | 409 | 413 | 422 | 503,
  error: string,
  message: string,
): Response {
  return c.json({ error, message }, status);
}
