/** Reads and checks the JSON body of an admin request; what is wrong is said with the field's name. */
import type { Context } from 'hono';
import * as v from 'valibot';
import { readBody } from '../ingest/body.ts';
import { type AdminContext, MAX_JSON_BYTES } from './operation.ts';
import { issuesText, problemsOf } from './schemas.ts';

/** Schemas pass over fields of these names in silence, so that a label that was asked for would be missing. */
const RESERVED: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** The value, or the answer that refuses it. */
export async function readJson<S extends v.GenericSchema>(
  c: AdminContext,
  schema: S,
): Promise<{ value: v.InferOutput<S> } | { response: Response }> {
  let bytes: Uint8Array;
  try {
    bytes = await readBody(c.req.raw, MAX_JSON_BYTES);
  } catch {
    return { response: refuse(c, 413, 'body_too_large', `a JSON body has at most ${MAX_JSON_BYTES} bytes`) };
  }
  let parsed: unknown;
  let reserved: string | undefined;
  try {
    parsed = JSON.parse(new TextDecoder().decode(bytes), (key, value) => {
      if (RESERVED.has(key)) reserved = key;
      return value;
    });
  } catch {
    return { response: refuse(c, 400, 'malformed_json', 'the body must be JSON') };
  }
  if (reserved !== undefined) {
    return { response: refuse(c, 400, 'invalid_request', `${reserved}: no field and no label may have this name`) };
  }
  const result = v.safeParse(schema, parsed);
  if (result.success) return { value: result.output };
  const problems = problemsOf(result.issues);
  const message = issuesText(result.issues);
  return { response: c.json({ error: 'invalid_request', message, problems }, 400) };
}

export function refuse(
  c: Context,
  status: 400 | 403 | 404 | 409 | 413 | 422 | 429 | 503,
  error: string,
  message: string,
): Response {
  return c.json({ error, message }, status);
}
