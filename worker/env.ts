/** What the platform gives the gateway. Optional texts are settings with a default; secrets are never logged. */
import type { TenantHub } from './hub/tenant-hub.ts';
import type { Outbox } from './outbox/outbox.ts';

export interface Env {
  readonly DB: D1Database;
  readonly TENANT_HUB: DurableObjectNamespace<TenantHub>;
  readonly OUTBOX: DurableObjectNamespace<Outbox>;
  /** The console's files. Absent where the pages have not been built. */
  readonly ASSETS?: Fetcher;
  /** Secret. Without it the admin API answers 503 to everything. */
  readonly ADMIN_TOKEN?: string;
  /**
   * Secret. Keys that seal pipelines and secrets at rest: `keyid:base64 of 32 bytes`, comma-separated; the first seals,
   * all open (docs/secrets.md). Without it neither can be saved.
   */
  readonly SECRETS_KEY?: string;
  /** The platform's rate limit, keyed by address: how many bad tokens may come from one (worker/auth/shield.ts). */
  readonly AUTH_SHIELD?: RateLimit;
  /** The same where there is no such binding; default 300 in each isolate. */
  readonly AUTH_FAILURES_PER_MINUTE?: string;
  /**
   * Addresses and CIDRs of reverse proxies of one's own, comma-separated, whose X-Forwarded-For and X-Forwarded-Proto count.
   * Not on Cloudflare.
   */
  readonly TRUSTED_PROXIES?: string;
  /** "true" lets pipelines name http: and private addresses: for local use only. */
  readonly ALLOW_PRIVATE_DESTINATIONS?: string;
  /** Hosts, `*.suffix`, addresses and CIDRs that pipelines may reach beyond public https, comma-separated; http: too. */
  readonly ALLOWED_DESTINATIONS?: string;
  /** `host[:port]` under which this gateway is reached, comma-separated: no pipeline may send to them. */
  readonly GATEWAY_HOSTS?: string;
  /** A resolver asked when a pipeline is saved; empty: names are not looked up. */
  readonly DNS_OVER_HTTPS_URL?: string;
  /** Where hosts fetch executables of the agent, which are too large for assets; empty: where the build says. */
  readonly AGENT_DOWNLOAD_URL?: string;
  /** Quota of one outbox in bytes of bodies; default 1 GiB. */
  readonly OUTBOX_MAX_BYTES?: string;
  /** Age at which an outbox drops and counts what it holds, where the pipeline sets none; default 7 days. */
  readonly OUTBOX_MAX_AGE_MS?: string;
  /** How long numbers for the console wait for a call to the hub to ride along with; default 20 s. */
  readonly REPORT_DELAY_MS?: string;
}

/** A positive integer setting; anything else is the default. */
export function integerSetting(text: string | undefined, fallback: number): number {
  const value = Number(text);
  return Number.isSafeInteger(value) && value > 0 ? value : fallback;
}

/** Below the 30 s for which the platform lets a request go on behind its answer. */
const DEFAULT_REPORT_DELAY_MS = 20_000;

/** How long a report waits for a lease to ride along with. */
export function reportDelayMs({ REPORT_DELAY_MS }: Pick<Env, 'REPORT_DELAY_MS'>): number {
  return integerSetting(REPORT_DELAY_MS, DEFAULT_REPORT_DELAY_MS);
}
