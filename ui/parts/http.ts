/** JSON from the server that served this page, with errors a person can act on. */

export class HttpError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
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
  if (!response.ok) throw new HttpError(response.status, `It answered ${response.status}${await reasonOf(response)}`);
  return response;
}

async function reasonOf(response: Response): Promise<string> {
  try {
    const body = (await response.json()) as { message?: unknown; error?: unknown };
    const reason = body.message ?? body.error;
    return typeof reason === 'string' ? `: ${reason}` : '';
  } catch {
    return '';
  }
}
