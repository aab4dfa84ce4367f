/** JSON from the server that served this page, with errors a person can act on. */

/** What a server says of a request that it refused. */
export interface Refusal {
  readonly error?: unknown;
  readonly message?: unknown;
  readonly diagnostics?: unknown;
  readonly problems?: unknown;
}

export class HttpError extends Error {
  readonly status: number;
  readonly refusal: Refusal;
  /** From `Retry-After`. */
  readonly retryAfterMs: number | undefined;

  constructor(status: number, refusal: Refusal = {}, retryAfterMs?: number) {
    const said = refusal.message ?? refusal.error;
    super(`It answered ${status}${typeof said === 'string' ? `: ${said}` : ''}`);
    this.status = status;
    this.refusal = refusal;
    this.retryAfterMs = retryAfterMs;
  }
}

export async function fetchJson<T>(path: string, init: RequestInit): Promise<{ body: T; dateMs: number | undefined }> {
  const response = await fetchOk(path, init);
  const date = Date.parse(response.headers.get('date') ?? '');
  try {
    return { body: (await response.json()) as T, dateMs: Number.isNaN(date) ? undefined : date };
  } catch {
    throw new Error('Its answer is not JSON');
  }
}

export async function fetchOk(path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { credentials: 'omit', ...init, cache: 'no-store' });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === 'TimeoutError') throw new Error('It took too long to answer');
    throw new Error('The connection failed');
  }
  if (!response.ok) throw new HttpError(response.status, await refusalOf(response), retryAfterOf(response));
  return response;
}

async function refusalOf(response: Response): Promise<Refusal> {
  try {
    const body: unknown = await response.json();
    return typeof body === 'object' && body !== null ? body : {};
  } catch {
    return {};
  }
}

function retryAfterOf({ headers }: Response): number | undefined {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  return Number.isFinite(seconds) ? seconds * 1000 : undefined;
}
