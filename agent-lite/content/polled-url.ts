/**
 * What a URL answers, asked again and again. After a failure the last answer stays, and the health says why. Before the
 * first answer there is no content.
 */
import { ArgumentError, type Health } from '../../core/alloy/component.ts';
import { block, body, type Decoded, optional, required, t, withDefault } from '../../core/alloy/schema.ts';
import { encodeUtf8 } from '../../core/bytes/utf8.ts';
import { checkHeaders, checkUrl, httpClientFields } from '../../core/pipeline/http-client-blocks.ts';
import type { HostContext } from '../context.ts';
import { clientHeaders } from '../runtime/client-headers.ts';
import { exchangeFollowing } from '../runtime/follow-redirects.ts';
import { HttpAgents } from '../runtime/http-request.ts';
import { PollLoop } from '../runtime/poll-loop.ts';
import { USER_AGENT } from '../version.ts';
import { ContentHealth } from './content-health.ts';
import { MAX_CONTENT_BYTES } from './module-files.ts';

export const urlFields = {
  url: required(t.string, { doc: 'Where to ask.' }),
  method: withDefault(t.string, 'GET', { doc: 'The HTTP method.' }),
  headers: optional(t.map(t.string), { doc: 'Headers of the request.' }),
  body: withDefault(t.string, '', { doc: 'The body of the request.' }),
  poll_frequency: withDefault(t.duration, 60_000, { text: '1m', doc: 'How often to ask.' }),
  poll_timeout: withDefault(t.duration, 10_000, { text: '10s', doc: 'How long an answer may take.' }),
  client: block(body(httpClientFields), { doc: 'Authentication and settings of the HTTP client.' }),
} as const;

type Arguments = Decoded<typeof urlFields>;

type PollContext = Pick<HostContext, 'clock' | 'logger' | 'exportsChanged'>;

const METHOD = /^[A-Z]+$/;

export class PolledUrl {
  readonly #context: PollContext;
  readonly #agents = new HttpAgents();
  #args: Arguments;
  #content: string | undefined;
  readonly #health: ContentHealth;
  readonly #polling: PollLoop;

  constructor(context: PollContext, args: Arguments) {
    this.#context = context;
    this.#polling = new PollLoop(context.clock);
    this.#args = args;
    const message = `waiting for the first answer of ${shown(args.url)}`;
    this.#health = new ContentHealth(context, { state: 'unknown', message });
  }

  get content(): string | undefined {
    return this.#content;
  }

  get health(): Health {
    return this.#health.health;
  }

  use(args: Arguments): void {
    this.#args = args;
    this.#polling.again();
  }

  async run(stop: AbortSignal): Promise<void> {
    await this.#polling.run(
      stop,
      (late) => this.#poll(late),
      () => this.#args.poll_frequency,
    );
    this.#agents.close();
  }

  async #poll(signal: AbortSignal): Promise<void> {
    const { url } = this.#args;
    try {
      const content = await this.#ask(signal);
      this.#health.good('polled endpoint');
      if (content === this.#content) return;
      this.#content = content;
    } catch (error) {
      if (signal.aborted) return;
      this.#health.bad(`${shown(url)}: ${(error as Error).message}`, this.#content !== undefined);
      return;
    }
    this.#context.exportsChanged();
  }

  async #ask(signal: AbortSignal): Promise<string> {
    const { url, method, headers = {}, body: text, poll_timeout, client } = this.#args;
    const answer = await exchangeFollowing(
      {
        url,
        method,
        headers: [
          ['User-Agent', USER_AGENT],
          ['Accept-Encoding', 'identity'],
        ],
        ...(text === '' ? {} : { body: encodeUtf8(text) }),
        timeoutMs: poll_timeout,
        maxBodyBytes: MAX_CONTENT_BYTES,
        agents: this.#agents,
        signal,
      },
      {
        follow: client?.follow_redirects ?? true,
        ownHeaders: [...Object.entries(headers), ...(client === undefined ? [] : clientHeaders(client, 'client'))],
      },
    );
    if (answer.status < 200 || answer.status > 299) throw new Error(`unexpected status code ${answer.status}`);
    if (answer.truncated) throw new Error(`the answer is longer than ${MAX_CONTENT_BYTES} bytes`);
    return new TextDecoder('utf-8', { fatal: true }).decode(answer.body);
  }
}

/** What types cannot express. Throws ArgumentError. */
export function checkUrlArguments(args: Arguments): void {
  checkUrl(args.url, 'url');
  checkHeaders(args.headers, 'headers');
  if (!METHOD.test(args.method)) {
    throw new ArgumentError('method', `${JSON.stringify(args.method)} is not an HTTP method such as GET`);
  }
  if (args.poll_frequency <= 0) throw new ArgumentError('poll_frequency', 'must be greater than 0');
  if (args.poll_timeout <= 0) throw new ArgumentError('poll_timeout', 'must be greater than 0');
  if (args.poll_timeout >= args.poll_frequency) {
    throw new ArgumentError('poll_timeout', 'poll_timeout must be less than poll_frequency');
  }
  if (args.client !== undefined) clientHeaders(args.client, 'client');
}

/** Without the query, which may hold a token. */
function shown(url: string): string {
  return url.split('?', 1)[0]!;
}
