/** Requests to the admin API with one token. What it refuses comes back as an HttpError with its own words. */
import { fetchJson, fetchOk } from '../../parts/http.ts';

const ACTION_TIMEOUT_MS = 45_000;

export interface Sent {
  readonly json?: unknown;
  readonly text?: string;
  /** Only where this is still the newest version. */
  readonly ifVersion?: number;
  readonly signal?: AbortSignal;
}

export interface LoadedText {
  readonly text: string;
  /** Secrets were left out, because this one may not see them. */
  readonly isRedacted: boolean;
}

export class AdminApi {
  readonly #token: string;

  constructor(token: string) {
    this.#token = token;
  }

  /** `path` is below /admin/v1. */
  async get<T>(path: string, signal: AbortSignal): Promise<T> {
    return (await fetchJson<T>(`/admin/v1${path}`, { headers: this.#headers(), signal })).body;
  }

  async getText(path: string, signal: AbortSignal): Promise<LoadedText> {
    const response = await fetchOk(`/admin/v1${path}`, { headers: this.#headers(), signal });
    return { text: await response.text(), isRedacted: response.headers.get('x-spillway-redacted') === 'true' };
  }

  async getBytes(path: string): Promise<Blob> {
    const signal = AbortSignal.timeout(ACTION_TIMEOUT_MS);
    return (await fetchOk(`/admin/v1${path}`, { headers: this.#headers(), signal })).blob();
  }

  /** The answer's JSON; undefined where there is none. */
  async send<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, sent: Sent = {}): Promise<T> {
    const { json, text, ifVersion, signal = AbortSignal.timeout(ACTION_TIMEOUT_MS) } = sent;
    const body = json === undefined ? text : JSON.stringify(json);
    const headers = {
      ...this.#headers(),
      ...(body !== undefined && { 'content-type': json === undefined ? 'text/plain' : 'application/json' }),
      ...(ifVersion !== undefined && { 'if-match': `"${ifVersion}"` }),
    };
    const init = { method, headers, signal, ...(body !== undefined && { body }) };
    const response = await fetchOk(`/admin/v1${path}`, init);
    return (response.status === 204 ? undefined : await response.json()) as T;
  }

  #headers(): Record<string, string> {
    return { authorization: `Bearer ${this.#token}` };
  }
}

export function tenantPath(tenant: string): string {
  return `/tenants/${encodeURIComponent(tenant)}`;
}
