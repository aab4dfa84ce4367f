/** `If-Match` with the version of what is replaced, so that nobody overwrites unseen what somebody else has just set. */
import { type AdminContext, jsonResponse } from './operation.ts';
import { refuse } from './read-json.ts';
import { errorShape } from './shapes.ts';

export const IF_MATCH =
  'With `If-Match: "N"` only where N is the newest version: else 412, and nobody is overwritten unseen.';

export const conflictResponse = jsonResponse(
  errorShape,
  '`version_conflict`: the newest version is not that of `If-Match`.',
);

/** `If-Match: "3"`; absent or `*`: whatever there is. */
export function expectedVersion(c: AdminContext): { expectedVersion?: number } | Response {
  const header = c.req.header('If-Match')?.trim();
  if (header === undefined || header === '*') return {};
  const version = /^(?:W\/)?"(\d{1,15})"$/.exec(header)?.[1];
  if (version !== undefined) return { expectedVersion: Number(version) };
  return refuse(c, 400, 'invalid_request', 'If-Match: give the version in quotes, as the ETag had it: "3"');
}

export function versionConflict(c: AdminContext, newest: number, expected: number): Response {
  const now = newest === 0 ? 'there is none yet' : `the newest version is ${newest}`;
  const message = `nothing was changed: If-Match asked for version ${expected}, but ${now}; read that one and try again`;
  return c.json({ error: 'version_conflict', message }, 412);
}

export function etag(version: number): string {
  return `"${version}"`;
}
