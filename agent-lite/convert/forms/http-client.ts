/** How Prometheus and all that share its code configure an HTTP client in YAML. */
import { anything, list, mapOf, mapping, type Read } from '../yaml/form.ts';
import { bool, text, textList, textListMap, textMap } from '../yaml/scalars.ts';

export const tlsFields = {
  ca: text,
  ca_file: text,
  cert: text,
  cert_file: text,
  key: text,
  key_file: text,
  ca_ref: text,
  cert_ref: text,
  key_ref: text,
  server_name: text,
  insecure_skip_verify: bool,
  min_version: text,
  max_version: text,
};

export const tlsForm = mapping(tlsFields);
export type TlsForm = Read<typeof tlsForm>;

const proxyFields = {
  proxy_url: text,
  no_proxy: text,
  proxy_from_environment: bool,
  proxy_connect_header: textListMap,
};

export const basicAuthForm = mapping({
  username: text,
  username_file: text,
  username_ref: text,
  password: text,
  password_file: text,
  password_ref: text,
});

const authorizationForm = mapping({
  type: text,
  credentials: text,
  credentials_file: text,
  credentials_ref: text,
});

const oauth2Form = mapping({
  client_id: text,
  client_secret: text,
  client_secret_file: text,
  client_secret_ref: text,
  client_certificate_key_id: text,
  client_certificate_key: text,
  client_certificate_key_file: text,
  client_certificate_key_ref: text,
  grant_type: text,
  signature_algorithm: text,
  iss: text,
  audience: text,
  claims: anything,
  scopes: textList,
  token_url: text,
  endpoint_params: textMap,
  tls_config: tlsForm,
  ...proxyFields,
});

const headerForm = mapping({ values: list(text), secrets: list(text), files: list(text) });

export const httpClientFields = {
  basic_auth: basicAuthForm,
  authorization: authorizationForm,
  oauth2: oauth2Form,
  bearer_token: text,
  bearer_token_file: text,
  tls_config: tlsForm,
  follow_redirects: bool,
  enable_http2: bool,
  ...proxyFields,
  http_headers: mapOf(headerForm),
};

const httpClientForm = mapping(httpClientFields);
export type HttpClientForm = Read<typeof httpClientForm>;
