/** Writes the arguments by which Alloy components configure an HTTP client, from those of Prometheus. */
import { attributes, block, optionalBlock, type Statement, same } from '../alloy/block.ts';
import type { ConversionDiagnostics } from '../diagnostics.ts';
import type { HttpClientForm, TlsForm } from '../forms/http-client.ts';

export function httpClient(form: HttpClientForm): Statement[] {
  const { basic_auth: basic, oauth2 } = form;
  return [
    ...(basic ? [block('basic_auth', same(basic, 'username', 'password', 'password_file'))] : []),
    ...authorization(form),
    ...(oauth2 ? [block('oauth2', oauth2Body(oauth2))] : []),
    ...proxy(form),
    tlsBlock(form.tls_config),
    ...same(form, 'follow_redirects', 'enable_http2'),
    ...headers(form),
  ];
}

/** Prometheus itself turns `bearer_token` and `bearer_token_file` into an authorization. */
function authorization({ authorization: given, bearer_token, bearer_token_file }: HttpClientForm): Statement[] {
  if (given === undefined && bearer_token === undefined && bearer_token_file === undefined) return [];
  const credentials = given?.credentials ?? bearer_token;
  const credentials_file = given?.credentials_file ?? bearer_token_file;
  return [block('authorization', attributes({ type: given?.type ?? 'Bearer', credentials, credentials_file }))];
}

function oauth2Body(form: NonNullable<HttpClientForm['oauth2']>): Statement[] {
  return [
    ...same(form, 'client_id', 'client_secret', 'client_secret_file', 'scopes', 'token_url', 'endpoint_params'),
    ...proxy(form),
    block('tls_config', tlsBody(form.tls_config ?? {})),
  ];
}

type ProxyForm = Pick<HttpClientForm, 'proxy_url' | 'no_proxy' | 'proxy_from_environment' | 'proxy_connect_header'>;

export function proxy(form: ProxyForm): Statement[] {
  return same(form, 'proxy_url', 'no_proxy', 'proxy_from_environment', 'proxy_connect_header');
}

function headers({ http_headers: headers }: HttpClientForm): Statement[] {
  if (headers === undefined) return [];
  const lists = [...headers].map(([name, { values = [], secrets = [] }]) => [name, [...values, ...secrets]] as const);
  return attributes({ http_headers: new Map(lists) });
}

export function tlsBlock(form: TlsForm | undefined): Statement {
  return optionalBlock('tls_config', tlsBody(form ?? {}));
}

export function tlsBody(form: TlsForm): Statement[] {
  return attributes({
    ca_pem: form.ca,
    ca_file: form.ca_file,
    cert_pem: form.cert,
    cert_file: form.cert_file,
    key_pem: form.key,
    key_file: form.key_file,
    server_name: form.server_name,
    insecure_skip_verify: form.insecure_skip_verify,
    min_version: form.min_version,
  });
}

/** What Alloy's clients do not have. Without these errors a login would be lost without a word. */
export function checkHttpClient(form: HttpClientForm, diagnostics: ConversionDiagnostics): void {
  const { basic_auth: basic, authorization: auth, oauth2, http_headers } = form;
  if (form.tls_config?.max_version !== undefined) diagnostics.unsupported('HTTP Client max_version');
  const missing: Readonly<Record<string, unknown>> = {
    'basic_auth username_file': basic?.username_file,
    'basic_auth username_ref': basic?.username_ref,
    'basic_auth password_ref': basic?.password_ref,
    'authorization credentials_ref': auth?.credentials_ref,
    'oauth2 client_secret_ref': oauth2?.client_secret_ref,
    'oauth2 client_certificate_key': oauth2?.client_certificate_key,
    'oauth2 client_certificate_key_id': oauth2?.client_certificate_key_id,
    'oauth2 client_certificate_key_file': oauth2?.client_certificate_key_file,
    'oauth2 client_certificate_key_ref': oauth2?.client_certificate_key_ref,
    'oauth2 claims': oauth2?.claims,
    'http_headers files': [...(http_headers?.values() ?? [])].find(({ files }) => files !== undefined),
  };
  for (const [name, value] of Object.entries(missing)) {
    if (value !== undefined) diagnostics.unsupported(`HTTP Client ${name}`);
  }
}
