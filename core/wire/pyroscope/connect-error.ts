/** Errors of the Connect protocol: a code for programs and a message for people, as JSON in every content type. */

const CODES: Readonly<Record<number, string>> = {
  400: 'invalid_argument',
  401: 'unauthenticated',
  403: 'permission_denied',
  404: 'unimplemented',
  408: 'deadline_exceeded',
  // Not resource_exhausted: clients repeat that, and a smaller request is what would help.
  413: 'invalid_argument',
  415: 'invalid_argument',
  422: 'invalid_argument',
  429: 'resource_exhausted',
  500: 'internal',
  502: 'unavailable',
  503: 'unavailable',
  504: 'deadline_exceeded',
};

export function connectErrorJson(status: number, message: string): string {
  return JSON.stringify({ code: CODES[status] ?? 'unknown', message });
}
