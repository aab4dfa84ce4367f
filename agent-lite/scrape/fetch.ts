/** Gets the exposition of a target over HTTP, as Prometheus asks for it: formats by preference, gzip, bounded in size. */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { type ExpositionFormat, expositionFormat } from '../../core/wire/exposition/exposition.ts';
import { isProtobufExposition, PROTOBUF_EXPOSITION_CONTENT_TYPE } from '../../core/wire/exposition/protobuf.ts';
import { exchangeFollowing } from '../runtime/follow-redirects.ts';
import type { HttpAgents, HttpAnswer } from '../runtime/http-request.ts';
import { ScrapeError } from './scrape-error.ts';
import type { ScrapeTarget } from './target.ts';

export interface FetchSettings {
  readonly timeoutMs: number;
  readonly compression: boolean;
  /** 0: no limit of the user's. */
  readonly bodySizeLimit: number;
  readonly accept: string;
  readonly fallback: ExpositionFormat;
  readonly followRedirects: boolean;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly userAgent: string;
}

export interface Exposition {
  readonly body: Uint8Array;
  readonly format: ExpositionFormat | 'protobuf';
}

/** Without a limit of the user's a target still cannot fill our memory. */
const MAX_BODY_BYTES = 256 * 1024 * 1024;

const gunzipAsync = promisify(gunzip);

export async function fetchExposition(
  target: ScrapeTarget,
  settings: FetchSettings,
  agents: HttpAgents,
  signal: AbortSignal,
): Promise<Exposition> {
  const answer = await get(target.url, settings, agents, signal);
  if (answer.status !== 200) throw new ScrapeError(`server returned HTTP status ${answer.status}`);
  if (answer.truncated) throw tooLarge(settings);
  const body = await decoded(answer, settings);
  const contentType = answer.header('content-type');
  if (isProtobufExposition(contentType)) return { body, format: 'protobuf' };
  return { body, format: expositionFormat(contentType) ?? settings.fallback };
}

function get(url: string, settings: FetchSettings, agents: HttpAgents, signal: AbortSignal): Promise<HttpAnswer> {
  const request = {
    url,
    method: 'GET',
    headers: [
      ['Accept', settings.accept],
      ['Accept-Encoding', settings.compression ? 'gzip' : 'identity'],
      ['User-Agent', settings.userAgent],
      ['X-Prometheus-Scrape-Timeout-Seconds', String(settings.timeoutMs / 1000)],
    ],
    timeoutMs: settings.timeoutMs,
    maxBodyBytes: maxBytes(settings),
    agents,
    signal,
  } as const;
  return exchangeFollowing(request, { follow: settings.followRedirects, ownHeaders: settings.headers });
}

async function decoded(answer: HttpAnswer, settings: FetchSettings): Promise<Uint8Array> {
  const encoding = answer.header('content-encoding')?.toLowerCase() ?? '';
  if (encoding === '' || encoding === 'identity') return answer.body;
  if (encoding !== 'gzip')
    throw new ScrapeError(`the target answered with the encoding "${encoding}", which was not asked for`);
  try {
    return await gunzipAsync(answer.body, { maxOutputLength: maxBytes(settings) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(settings);
    throw new ScrapeError(`the gzip body of the target is damaged: ${(error as Error).message}`);
  }
}

function maxBytes({ bodySizeLimit }: FetchSettings): number {
  return bodySizeLimit > 0 ? bodySizeLimit : MAX_BODY_BYTES;
}

function tooLarge(settings: FetchSettings): ScrapeError {
  return new ScrapeError(`body size limit exceeded: body_size_limit is ${maxBytes(settings)} bytes`);
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  PrometheusProto: PROTOBUF_EXPOSITION_CONTENT_TYPE,
  'OpenMetricsText1.0.0': 'application/openmetrics-text;version=1.0.0',
  'OpenMetricsText0.0.1': 'application/openmetrics-text;version=0.0.1',
  'PrometheusText1.0.0': 'text/plain;version=1.0.0',
  'PrometheusText0.0.4': 'text/plain;version=0.0.4',
};

/** What a scrape of native histograms asks for: protobuf is the only form that carries them. */
export const PROTOBUF_FIRST_PROTOCOLS: readonly string[] = Object.keys(MEDIA_TYPES);
export const SCRAPE_PROTOCOLS: readonly string[] = PROTOBUF_FIRST_PROTOCOLS.slice(1);

/** The weights are Prometheus' own: they start at 0.6, whatever is left out (scrape.go, acceptHeader). */
export function acceptHeader(protocols: readonly string[]): string {
  let weight = 6;
  const values = protocols.map((protocol) => {
    const escaping = protocol.endsWith('1.0.0') ? ';escaping=underscores' : '';
    return `${MEDIA_TYPES[protocol]}${escaping};q=0.${weight--}`;
  });
  return [...values, `*/*;q=0.${weight}`].join(',');
}
