/** Host and HTTP settings that both Docker components take. */
import { ArgumentError, UnsupportedError } from '../../core/alloy/component.ts';
import { body } from '../../core/alloy/schema.ts';
import { type HttpClientArguments, httpClientFields } from '../../core/pipeline/http-client-blocks.ts';
import { refuseUnsupported } from '../../core/pipeline/unsupported.ts';
import { clientHeaders } from '../runtime/client-headers.ts';
import { Engine, parseEngineHost } from './engine.ts';

const httpClientSchema = body(httpClientFields);

export interface EngineArguments {
  readonly host: string;
  readonly refresh_interval: number;
}

/** `path`: the block of the HTTP settings, "" for the component. Throws ArgumentError. */
export function openEngine(args: EngineArguments, http: HttpClientArguments | undefined, path: string): Engine {
  if (args.host === '') throw new ArgumentError('host', 'must not be empty');
  if (args.refresh_interval <= 0) throw new ArgumentError('refresh_interval', 'must be greater than 0');
  let takesHttpSettings: boolean;
  try {
    takesHttpSettings = parseEngineHost(args.host).takesHttpSettings;
  } catch (error) {
    throw new UnsupportedError('host', (error as Error).message);
  }
  const headers = http === undefined ? [] : clientHeaders(http, path);
  if (http !== undefined && !takesHttpSettings) refuseHttpSettings(http, path);
  return new Engine({ host: args.host, headers, timeoutMs: args.refresh_interval });
}

/** Alloy ignores them. */
function refuseHttpSettings(http: HttpClientArguments, path: string): void {
  try {
    refuseUnsupported(http, httpClientSchema, Object.keys(httpClientFields), path);
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
    throw new UnsupportedError(
      error.path,
      'settings of an HTTP client mean nothing where host is not http:// or https://',
    );
  }
}
