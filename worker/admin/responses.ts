/** The answers that an operation may give: its own, and those that the chain in front of it gives to all. */
import { jsonResponse, type Operation, type ResponseShape } from './operation.ts';
import { errorShape } from './shapes.ts';

const error = (description: string, headers: Readonly<Record<string, string>> = {}) =>
  jsonResponse(errorShape, description, headers);

const RETRY_AFTER = { 'Retry-After': 'seconds to wait' };

/** Of the chain, by the name that they have in the document. */
export const COMMON_RESPONSES = {
  Invalid: error('`invalid_request`: what is wrong is said with the name of the field or query parameter.'),
  InvalidJson: error(
    '`malformed_json`, or `invalid_request`: what is wrong is said with the name of the field or query parameter.',
  ),
  InvalidText: error('`invalid_utf8`: the text is not UTF-8; or `invalid_request`: a query parameter is wrong.'),
  Unauthenticated: error('`unauthenticated`: no valid token; the same for every token that is not good.', {
    'WWW-Authenticate': '`Bearer`',
  }),
  Forbidden: error('`forbidden`: whose token it is is known, and it may not do this.'),
  TenantUnknown: error(
    '`tenant_unknown`: there is no such tenant, or the token is of another one, which hears the same.',
  ),
  TooLarge: error('`body_too_large`.'),
  TooManyRequests: error('`too_many_requests`: bad tokens were sent too often from this address.', RETRY_AFTER),
  Unavailable: error(
    '`unavailable`: the database or an object does not answer, try again; or `admin_disabled`: the gateway has no ADMIN_TOKEN.',
    RETRY_AFTER,
  ),
} as const satisfies Readonly<Record<string, ResponseShape>>;

/** By status, in ascending order. */
export function allResponses(operation: Operation): ReadonlyMap<number, ResponseShape> {
  const all = new Map<number, ResponseShape>(commonResponses(operation));
  for (const [status, own] of Object.entries(operation.responses)) {
    all.set(Number(status), merged(all.get(Number(status)), own));
  }
  return new Map([...all].sort(([a], [b]) => a - b));
}

function commonResponses(operation: Operation): [number, ResponseShape][] {
  const { access, body, path } = operation;
  if (access === 'public') return [];
  const common = COMMON_RESPONSES;
  const invalid = body?.schema === undefined ? common.InvalidText : common.InvalidJson;
  return [
    [400, body === undefined ? common.Invalid : invalid],
    [401, common.Unauthenticated],
    [403, common.Forbidden],
    ...(path.includes('/:tenant') ? [[404, common.TenantUnknown] as [number, ResponseShape]] : []),
    ...(body === undefined ? [] : [[413, common.TooLarge] as [number, ResponseShape]]),
    [429, common.TooManyRequests],
    [503, common.Unavailable],
  ];
}

/** Two reasons for one status are both told; another body is the operation's own. */
function merged(common: ResponseShape | undefined, own: ResponseShape): ResponseShape {
  if (common === undefined || own.schema !== common.schema) return own;
  const headers = { ...common.headers, ...own.headers };
  return { ...own, headers, description: `${common.description} ${own.description}` };
}
