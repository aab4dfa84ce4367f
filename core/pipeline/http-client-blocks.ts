/**
 * The arguments and blocks by which Alloy components configure an HTTP client. Core has no files and no sockets: what
 * needs them (files of secrets, TLS settings, proxies, token endpoints) is declared here and refused until a runtime
 * offers it.
 */
import { ArgumentError, type ComponentContext, UnsupportedError } from '../alloy/component.ts';
import type { Decoded } from '../alloy/schema.ts';
import { block, body, optional, t, withDefault } from '../alloy/schema.ts';
import { Secret } from '../alloy/values.ts';
import type { Auth, Destination, DestinationProxy } from '../delivery/destination.ts';
import { headerProblem } from '../delivery/headers.ts';
import { joinPath, refuseUnsupported } from './unsupported.ts';

export const basicAuthSchema = body({
  username: withDefault(t.string, '', { doc: 'User name.' }),
  password: optional(t.secret, { doc: 'Password.' }),
  password_file: optional(t.string, { doc: 'File to read the password from.' }),
});

export const authorizationSchema = body({
  type: withDefault(t.string, 'Bearer', { doc: 'First word of the Authorization header.' }),
  credentials: optional(t.secret, { doc: 'The rest of it.' }),
  credentials_file: optional(t.string, { doc: 'File to read the credentials from.' }),
});

export const tlsConfigSchema = body({
  ca_pem: optional(t.string, { doc: 'Certificates of authorities to trust, as PEM text.' }),
  ca_file: optional(t.string, { doc: 'File of certificates of authorities to trust.' }),
  cert_pem: optional(t.string, { doc: 'Certificate of this client, as PEM text.' }),
  cert_file: optional(t.string, { doc: 'File of the certificate of this client.' }),
  key_pem: optional(t.secret, { doc: 'Private key of this client, as PEM text.' }),
  key_file: optional(t.string, { doc: 'File of the private key of this client.' }),
  insecure_skip_verify: withDefault(t.bool, false, { doc: 'Do not check the certificate of the server.' }),
  min_version: optional(t.oneOf('TLS10', 'TLS11', 'TLS12', 'TLS13'), { doc: 'The oldest version of TLS to speak.' }),
  server_name: optional(t.string, { doc: 'The name that the certificate of the server must carry.' }),
});

export const oauth2Schema = body({
  client_id: optional(t.string, { doc: 'The id of this client.' }),
  client_secret: optional(t.secret, { doc: 'The secret of this client.' }),
  client_secret_file: optional(t.string, { doc: 'File to read the secret of this client from.' }),
  token_url: optional(t.string, { doc: 'Where to get tokens.' }),
  scopes: optional(t.list(t.string), { doc: 'What the token is to allow.' }),
  endpoint_params: optional(t.map(t.string), { doc: 'Further parameters of the request for a token.' }),
  proxy_url: optional(t.string, { doc: 'The proxy to send through.' }),
  no_proxy: optional(t.string, { doc: 'Hosts that are asked without the proxy, with commas between them.' }),
  proxy_from_environment: withDefault(t.bool, false, {
    doc: 'Take the proxy from HTTP_PROXY, HTTPS_PROXY and NO_PROXY.',
  }),
  proxy_connect_header: optional(t.map(t.list(t.secret)), { doc: 'Headers for the proxy itself, sent with CONNECT.' }),
  tls_config: block(tlsConfigSchema, { doc: 'TLS settings of the connection.' }),
});

export const httpClientFields = {
  bearer_token: optional(t.secret, { doc: 'Sent as Authorization: Bearer.' }),
  bearer_token_file: optional(t.string, { doc: 'File to read the bearer token from.' }),
  enable_http2: withDefault(t.bool, true, { doc: 'A hint: the runtime chooses the HTTP version.' }),
  follow_redirects: withDefault(t.bool, true, {
    doc: 'Pushes never follow a redirect, whatever this says: it would carry credentials to an address not named here.',
  }),
  http_headers: optional(t.map(t.list(t.secret)), { doc: 'Headers added to each request.' }),
  no_proxy: optional(t.string, { doc: 'Hosts that are asked without the proxy, with commas between them.' }),
  proxy_connect_header: optional(t.map(t.list(t.secret)), { doc: 'Headers for the proxy itself, sent with CONNECT.' }),
  proxy_from_environment: withDefault(t.bool, false, {
    doc: 'Take the proxy from HTTP_PROXY, HTTPS_PROXY and NO_PROXY. Writers on a host do, nothing else yet.',
  }),
  proxy_url: optional(t.string, {
    doc: 'The proxy to send through, http://proxy:3128. Writers on a host do, nothing else yet.',
  }),
  basic_auth: block(basicAuthSchema, { doc: 'HTTP Basic authentication.' }),
  authorization: block(authorizationSchema, { doc: 'An Authorization header of any type.' }),
  oauth2: block(oauth2Schema, { doc: 'OAuth 2.0 client credentials.' }),
  tls_config: block(tlsConfigSchema, { doc: 'TLS settings of the connection.' }),
} as const;

const httpClientSchema = body(httpClientFields);

export type HttpClientArguments = Decoded<typeof httpClientFields>;

export type HttpClient = Pick<Destination, 'auth' | 'secretHeaders' | 'proxy'>;

const unsupported = ['bearer_token_file', 'oauth2', 'proxy_connect_header'] as const;
const proxyArguments = ['no_proxy', 'proxy_from_environment', 'proxy_url'] as const;

const authentications = ['bearer_token', 'bearer_token_file', 'authorization', 'basic_auth', 'oauth2'] as const;

/** Throws ArgumentError for combinations that make no sense and for what is not supported. */
export function resolveHttpClient(
  args: HttpClientArguments,
  path = '',
  { proxies }: Pick<ComponentContext, 'proxies'> = {},
): HttpClient {
  checkAuthentication(args, path);
  refuseUnsupported(args, httpClientSchema, unsupported, path);
  if (args.tls_config !== undefined) {
    refuseUnsupported(args.tls_config, tlsConfigSchema, Object.keys(tlsConfigSchema), joinPath(path, 'tls_config'));
  }
  const proxy = resolveProxy(args, path, proxies);
  return {
    auth: resolveAuth(args, path),
    secretHeaders: resolveHeaders(args.http_headers ?? {}, path),
    ...(proxy !== undefined && { proxy }),
  };
}

type ProxyArguments = Pick<HttpClientArguments, (typeof proxyArguments)[number]>;

/** Which of them go together is as in Prometheus, whose client this is in Alloy. Empty is the same as left out. */
function resolveProxy(
  args: ProxyArguments,
  path: string,
  proxies: ComponentContext['proxies'],
): DestinationProxy | undefined {
  if (proxies === undefined) refuseUnsupported(args, httpClientSchema, proxyArguments, path);
  const { proxy_url: url = '', no_proxy: noProxy = '', proxy_from_environment: fromEnvironment } = args;
  const both = (name: string) =>
    new ArgumentError(joinPath(path, name), `${name} cannot stand beside proxy_from_environment`);
  if (fromEnvironment && url !== '') throw both('proxy_url');
  if (fromEnvironment && noProxy !== '') throw both('no_proxy');
  if (noProxy !== '' && url === '') throw new ArgumentError(joinPath(path, 'no_proxy'), 'no_proxy needs proxy_url');
  if (fromEnvironment) {
    refuseOldNode(joinPath(path, 'proxy_from_environment'), proxies);
    return 'environment';
  }
  if (url === '') return undefined;
  const checked = checkProxyUrl(url, joinPath(path, 'proxy_url'), proxies);
  return noProxy === '' ? checked : { ...checked, noProxy };
}

/** `proxy_url` of any component. */
export function checkProxyUrl(
  text: string,
  path: string,
  proxies: ComponentContext['proxies'],
): { readonly url: Secret } {
  let url: URL;
  try {
    url = new URL(text);
    // Both are sent decoded.
    decodeURIComponent(url.username + url.password);
  } catch {
    // What was given is not repeated: it may hold a password.
    throw new ArgumentError(
      path,
      'this is not a URL; expected one like http://proxy:3128, with %25 for a "%" and %2F for a "/" in a password',
    );
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new UnsupportedError(path, `a proxy is reached by http:// or https:// here, not by ${url.protocol}//`);
  }
  refuseOldNode(path, proxies);
  return { url: new Secret(url.href) };
}

function refuseOldNode(path: string, proxies: ComponentContext['proxies']): void {
  if (proxies !== 'needs_newer_node') return;
  throw new UnsupportedError(path, 'proxies need Node.js 22.21, 24.5 or later; the executable of the agent has it');
}

/** Throws ArgumentError where more than one kind of authentication is given. */
export function checkAuthentication(args: Readonly<Record<string, unknown>>, path: string): void {
  const given = authentications.filter((name) => args[name] !== undefined);
  if (given.length <= 1) return;
  throw new ArgumentError(
    joinPath(path, given[1]),
    `at most one of ${authentications.join(', ')} may be given, not ${given.join(' and ')}`,
  );
}

function resolveAuth(args: HttpClientArguments, path: string): Auth {
  if (args.basic_auth !== undefined) {
    const at = joinPath(path, 'basic_auth');
    refuseUnsupported(args.basic_auth, basicAuthSchema, ['password_file'], at);
    const { username, password } = args.basic_auth;
    if (username.includes(':')) {
      throw new ArgumentError(joinPath(at, 'username'), 'a user name of HTTP Basic authentication cannot hold a colon');
    }
    return { basic: { username, password: password ?? new Secret('') } };
  }
  if (args.authorization !== undefined) {
    const at = joinPath(path, 'authorization');
    refuseUnsupported(args.authorization, authorizationSchema, ['credentials_file'], at);
    const { type, credentials } = args.authorization;
    if (type.toLowerCase() === 'basic') {
      throw new ArgumentError(joinPath(at, 'type'), 'authorization type cannot be "basic"; use the basic_auth block');
    }
    if (headerProblem('Authorization', type) !== undefined) {
      throw new ArgumentError(
        joinPath(at, 'type'),
        'the type holds a line break or another character that a header cannot carry',
      );
    }
    return { authorization: { type, credentials: headerSecret(credentials, joinPath(at, 'credentials')) } };
  }
  if (args.bearer_token !== undefined) {
    return { bearer: headerSecret(args.bearer_token, joinPath(path, 'bearer_token')) };
  }
  return {};
}

/** A secret with a line break at its end is the usual mistake of reading it from a file; it would break the request. */
function headerSecret(secret: Secret | undefined, path: string): Secret {
  const text = secret?.reveal() ?? '';
  if (headerProblem('Authorization', text) !== undefined) {
    throw new ArgumentError(path, 'the secret holds a line break or another character that a header cannot carry');
  }
  return secret ?? new Secret('');
}

function resolveHeaders(
  headers: Readonly<Record<string, readonly Secret[]>>,
  path: string,
): { readonly name: string; readonly value: Secret }[] {
  return Object.entries(headers).map(([name, values]) => {
    const value = values.map((one) => one.reveal()).join(', ');
    const problem = headerProblem(name, value);
    if (problem !== undefined) throw new ArgumentError(joinPath(path, 'http_headers'), problem);
    return { name, value: new Secret(value) };
  });
}

/** Checks the plain `headers` argument of an endpoint. */
export function checkHeaders(
  headers: Readonly<Record<string, string>> | undefined,
  path: string,
): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(headers ?? {})) {
    const problem = headerProblem(name, value);
    if (problem !== undefined) throw new ArgumentError(path, problem);
  }
  return headers ?? {};
}

/** An absolute http(s) URL without credentials, normalised. */
export function checkUrl(text: string, path: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new UnsupportedError(path, `${JSON.stringify(text)} is not a URL; expected one like https://host/path`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new UnsupportedError(path, `a URL must begin with http:// or https://, not ${url.protocol}//`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new UnsupportedError(path, 'a URL cannot hold a user name or password; use the basic_auth block');
  }
  return url.href;
}
