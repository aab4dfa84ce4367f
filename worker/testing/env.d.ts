/** The bindings of vitest.config.ts, as `env` of cloudflare:test has them. */
declare namespace Cloudflare {
  interface Env {
    readonly DB: D1Database;
    readonly TENANT_HUB: DurableObjectNamespace<import('../hub/tenant-hub.ts').TenantHub>;
    readonly OUTBOX: DurableObjectNamespace<import('../outbox/outbox.ts').Outbox>;
    readonly ADMIN_TOKEN: string;
    readonly SECRETS_KEY: string;
    readonly OUTBOX_MAX_BYTES: string;
    readonly REPORT_DELAY_MS: string;
    /** "full": `npm run test:faults`. */
    readonly SPILLWAY_FAULTS: string;
    readonly SPILLWAY_FAULT_SEED: string;
    readonly TEST_MIGRATIONS: import('cloudflare:test').D1Migration[];
  }
}

/** Vite's, by which tests read files of the repository. */
interface ImportMeta {
  glob<T>(pattern: string, options: { query: '?raw'; import: 'default'; eager: true }): Record<string, T>;
}
