/**
 * The configuration of the local workerd. Secrets are not written into it: they go through the environment of the
 * process.
 */
export const ADMIN_TOKEN_VARIABLE = 'SPILLWAY_LOCAL_ADMIN_TOKEN';
export const SECRETS_KEY_VARIABLE = 'SPILLWAY_LOCAL_SECRETS_KEY';

/** As in wrangler.toml, whose date decides how the platform behaves. */
export const COMPATIBILITY_DATE = '2026-10-01';

/** The bundle lies in `bundle/` beside the configuration: Cap'n Proto embeds no absolute paths. */
export interface LocalConfig {
  readonly storageDir: string;
  /** Built pages of the console, where there are any. */
  readonly pagesDir: string | undefined;
  readonly address: string;
  readonly allowPrivateDestinations: boolean;
  /** Addresses and CIDRs that the process may connect to beyond the public network. */
  readonly allowedNetworks: readonly string[];
  /** Further text bindings of the gateway, such as OUTBOX_MAX_BYTES. */
  readonly settings: Readonly<Record<string, string>>;
}

export function workerdConfig(config: LocalConfig): string {
  const settings = { ALLOW_PRIVATE_DESTINATIONS: String(config.allowPrivateDestinations), ...config.settings };
  const texts = Object.entries(settings).map(([name, value]) => `(name = ${quote(name)}, text = ${quote(value)})`);
  const pages = config.pagesDir === undefined ? [] : ['(name = "ASSETS", service = "assets")'];
  // The second lock behind egress-policy.ts: without the permission the process itself refuses private addresses.
  const networks = (
    config.allowPrivateDestinations ? ['public', 'private', 'local'] : ['public', ...config.allowedNetworks]
  )
    .map(quote)
    .join(', ');
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "gateway", worker = .gateway),
    (name = "database", worker = .database),
    (name = "storage", disk = (path = ${quote(config.storageDir)}, writable = true)),
    (name = "internet", network = (allow = [${networks}], tlsOptions = (trustBrowserCas = true))),${
      config.pagesDir === undefined
        ? ''
        : `
    (name = "assets", worker = .assets),
    (name = "pages", disk = (path = ${quote(config.pagesDir)}, writable = false)),`
    }
  ],
  sockets = [(name = "http", address = ${quote(config.address)}, http = (), service = "gateway")],
);

const gateway :Workerd.Worker = (
  modules = [(name = "gateway.js", esModule = embed "bundle/gateway.js")],
  compatibilityDate = ${quote(COMPATIBILITY_DATE)},
  durableObjectNamespaces = [
    (className = "TenantHub", uniqueKey = "spillway-tenant-hub", enableSql = true),
    (className = "Outbox", uniqueKey = "spillway-outbox", enableSql = true),
    (className = "LocalCron", uniqueKey = "spillway-local-cron", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "storage"),
  bindings = [
    (name = "TENANT_HUB", durableObjectNamespace = "TenantHub"),
    (name = "OUTBOX", durableObjectNamespace = "Outbox"),
    (name = "LOCAL_CRON", durableObjectNamespace = "LocalCron"),
    (name = "DB", wrapped = (
      moduleName = "cloudflare-internal:d1-api",
      innerBindings = [(name = "fetcher", service = "database")],
    )),
    (name = "ADMIN_TOKEN", fromEnvironment = ${quote(ADMIN_TOKEN_VARIABLE)}),
    (name = "SECRETS_KEY", fromEnvironment = ${quote(SECRETS_KEY_VARIABLE)}),
    ${[...texts, ...pages].join(',\n    ')},
  ],
);

const database :Workerd.Worker = (
  modules = [(name = "database.js", esModule = embed "bundle/database.js")],
  compatibilityDate = ${quote(COMPATIBILITY_DATE)},
  durableObjectNamespaces = [(className = "LocalDatabase", uniqueKey = "spillway-database", enableSql = true)],
  durableObjectStorage = (localDisk = "storage"),
  bindings = [(name = "DATABASE", durableObjectNamespace = "LocalDatabase")],
);

const assets :Workerd.Worker = (
  modules = [(name = "assets.js", esModule = embed "bundle/assets.js")],
  compatibilityDate = ${quote(COMPATIBILITY_DATE)},
  bindings = [${config.pagesDir === undefined ? '' : '(name = "DISK", service = "pages")'}],
);
`;
}

/** Cap'n Proto's text literals take C's escapes. */
function quote(text: string): string {
  return `"${text.replace(/[\\"]/g, (char) => `\\${char}`).replace(/\n/g, '\\n')}"`;
}
