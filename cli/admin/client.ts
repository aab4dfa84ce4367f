/** Requests to the gateway's admin API. What goes wrong is told with what to do about it. */
import type { Connection } from './connection.ts';

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
    const { text } = await this.send(path, request);
    return (text === '' ? {} : JSON.parse(text)) as T;
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
    const { gateway, adminToken } = this.#connection;
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
        redirect: 'error',
        ...(body === undefined ? {} : { body }),
      });
    } catch (error) {
      throw new AdminError(`the gateway at ${gateway} does not answer (${causeOf(error)}); is it running?`);
    }
    if (!response.ok) throw refusal(gateway, response.status, await response.text());
    return response;
  }
}

function refusal(gateway: string, status: number, answer: string): AdminError {
  let body: unknown;
  try {
    body = JSON.parse(answer);
  } catch {
    return new AdminError(`${gateway} answered ${status}: ${answer.slice(0, 200).trim()}`, status);
  }
  if (status === 401) {
    return new AdminError(
      `${gateway} does not know this token: it is wrong, expired or revoked; check --admin-token or SPILLWAY_ADMIN_TOKEN`,
      401,
      body,
    );
  }
  const { message } = body as { message?: unknown };
  return new AdminError(typeof message === 'string' ? message : `${gateway} answered ${status}`, status, body);
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
