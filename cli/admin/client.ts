/** Requests to the gateway's admin API. What goes wrong is told with what to do about it. */
import type { Connection } from './connection.ts';
import { noAnswer, strangeAnswer } from './gateway-trouble.ts';

const TIMEOUT_MS = 30_000;

export interface AdminRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly json?: unknown;
  readonly text?: string;
  /** Beside those of the body and the token. */
  readonly headers?: Readonly<Record<string, string>>;
  /** For requests that take their time by design. */
  readonly timeoutMs?: number;
}

export interface AdminResponse {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** The gateway refused or did not answer: printed without a stack, exit code 1. */
export class AdminError extends Error {
  readonly status: number;
  readonly body: unknown;
  constructor(message: string, status = 0, body: unknown = undefined) {
    super(message);
    this.status = status;
    this.body = body;
  }
}

export class AdminClient {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Its origin, for what people copy from here. */
  get gateway(): string {
    return new URL(this.#connection.gateway).origin;
  }

  async json<T>(path: string, request: AdminRequest = {}): Promise<T> {
    const response = await this.#fetch(path, request);
    const text = await response.text();
    if (text === '') return {} as T;
    const body = parsed(text);
    if (body === undefined) throw this.#stranger(path, response);
    return body as T;
  }

  /** `path` below /admin/v1/. Throws AdminError for anything but 2xx. */
  async send(path: string, request: AdminRequest = {}): Promise<AdminResponse> {
    const response = await this.#fetch(path, request);
    const contentType = response.headers.get('content-type') ?? '';
    return { status: response.status, contentType, text: await response.text() };
  }

  async bytes(path: string): Promise<Uint8Array> {
    return new Uint8Array(await (await this.#fetch(path, {})).arrayBuffer());
  }

  async #fetch(
    path: string,
    { method = 'GET', json, text, headers: more = {}, timeoutMs = TIMEOUT_MS }: AdminRequest,
  ): Promise<Response> {
    const connection = this.#connection;
    const { gateway, adminToken } = connection;
    const headers: Record<string, string> = { ...more, Authorization: `Bearer ${adminToken}` };
    if (json !== undefined) headers['Content-Type'] = 'application/json';
    if (text !== undefined) headers['Content-Type'] = 'text/plain; charset=utf-8';
    const body = json === undefined ? text : JSON.stringify(json);
    let response: Response;
    try {
      const url = new URL(`/admin/v1/${path}`, gateway);
      const signal = AbortSignal.timeout(timeoutMs);
      response = await fetch(url, {
        method,
        headers,
        signal,
        redirect: 'manual',
        ...(body === undefined ? {} : { body }),
      });
    } catch (error) {
      throw unusable('unreachable', noAnswer(connection, error, timeoutMs));
    }
    // The admin API answers people's browsers with pages elsewhere, and here with JSON and plain text only.
    if (/^text\/html\b/i.test(response.headers.get('content-type') ?? '')) throw this.#stranger(path, response);
    if (!response.ok) throw refusal(connection, response, await response.text()) ?? this.#stranger(path, response);
    return response;
  }

  #stranger(path: string, { status, headers }: Response): AdminError {
    const answer = { status, contentType: headers.get('content-type') ?? '', location: headers.get('location') };
    return unusable('not_a_gateway', strangeAnswer(this.#connection, `/admin/v1/${path}`, answer));
  }
}

/** In the form of the gateway's own errors, for --json. */
function unusable(error: 'unreachable' | 'not_a_gateway', message: string): AdminError {
  return new AdminError(message, 0, { error, message });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Undefined for what is not one of the gateway's own. */
function refusal({ gateway, tokenFrom }: Connection, { status }: Response, answer: string): AdminError | undefined {
  const body = parsed(answer);
  if (typeof body !== 'object' || body === null || !('error' in body || 'diagnostics' in body)) return undefined;
  const { origin } = new URL(gateway);
  if (status === 401) {
    const message = `${origin} does not know this token: it is wrong, expired or revoked (from ${tokenFrom})`;
    return new AdminError(message, 401, body);
  }
  const { message } = body as { message?: unknown };
  return new AdminError(typeof message === 'string' ? message : `${origin} answered ${status}`, status, body);
}
