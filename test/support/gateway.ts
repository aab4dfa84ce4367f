/** The real gateway in workerd with a data folder of its own, and the admin calls that tests need. */

import { type GatewayOptions, startGateway } from '../../cli/serve.ts';
import type { LimitOverrides } from '../../core/limits/tenant-limits.ts';
import { AdminConformance } from '../../worker/testing/admin-conformance.ts';
import { freePort } from './ports.ts';
import { tempFolder } from './temp-folder.ts';
import { waitUntil } from './wait-until.ts';

const ADMIN_TOKEN = 'admin-token-of-the-tests';
const SECRETS_KEY = `test:${Buffer.alloc(32, 7).toString('base64')}`;

export interface OutboxView {
  readonly destination: string;
  readonly state: string;
  readonly payloads: number;
  readonly bytes: number;
  readonly items: number;
  readonly deadLetters: number;
}

export interface OutboxDetailsView extends OutboxView {
  readonly ledger: Readonly<Record<'accepted' | 'queued' | 'delivered' | 'rejected' | 'dropped', number>>;
  readonly attempts: number;
  /** Since the outbox exists. */
  readonly events: { readonly attempts: number; readonly splits: number; readonly deadLetters: number };
  readonly lastError: { readonly reason: string; readonly detail: string } | null;
  readonly deadLetterList: readonly { readonly reason: string; readonly detail: string; readonly items: number }[];
}

/** Tests push as fast as they can, and log lines of any time. */
const FAR_LIMITS: LimitOverrides = {
  metrics: { ingestion_rate: 1e9, ingestion_burst_size: 1e9 },
  logs: {
    ingestion_rate_mb: 1e4,
    ingestion_burst_size_mb: 1e5,
    per_stream_rate_limit: '10GB',
    per_stream_rate_limit_burst: '100GB',
    reject_old_samples: false,
  },
  traces: { rate_limit_bytes: 1e10, burst_size_bytes: 1e11 },
  profiles: { ingestion_rate_mb: 1e4, ingestion_burst_size_mb: 1e5 },
};

export class TestGateway {
  readonly port: number;
  readonly adminToken = ADMIN_TOKEN;
  readonly #folder = tempFolder('gateway');
  #options: Partial<GatewayOptions>;
  #running: Awaited<ReturnType<typeof startGateway>> | undefined;
  #conformance: AdminConformance | undefined;

  private constructor(port: number, options: Partial<GatewayOptions>) {
    this.port = port;
    this.#options = options;
  }

  static async start(options: Partial<GatewayOptions> = {}): Promise<TestGateway> {
    const gateway = new TestGateway(await freePort(), options);
    await gateway.run();
    return gateway;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Everything that the gateway keeps: one SQLite file for D1 and one per object. */
  get dataDir(): string {
    return this.#folder.path;
  }

  /** Of the running workerd. */
  get pid(): number {
    if (this.#running === undefined) throw new Error('the gateway is not running');
    return this.#running.pid;
  }

  /** Starts workerd on the same data folder as before. */
  async run(): Promise<void> {
    this.#running = await startGateway({
      dataDir: this.#folder.path,
      host: '127.0.0.1',
      port: this.port,
      adminToken: ADMIN_TOKEN,
      secretsKey: SECRETS_KEY,
      allowPrivateDestinations: true,
      logger: { info: () => {}, warn: () => {} },
      ...this.#options,
    });
  }

  /** Ends workerd and starts it on the same data with other options. */
  async restart(options: Partial<GatewayOptions>): Promise<void> {
    await this.#running?.stop();
    this.#options = options;
    await this.run();
  }

  /** `kill -9` of workerd; returns once the process is gone. */
  async kill(): Promise<void> {
    const { pid } = this;
    process.kill(pid, 'SIGKILL');
    await waitUntil(`workerd ${pid} is gone`, () => !alive(pid));
    this.#running = undefined;
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
    this.#folder.remove();
  }

  /** An answer that the gateway's own document does not describe fails the test. */
  async admin(method: string, path: string, body?: unknown): Promise<Response> {
    const text = typeof body === 'string';
    const response = await fetch(`${this.url}/admin/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${ADMIN_TOKEN}`,
        ...(body === undefined ? {} : { 'content-type': text ? 'text/plain' : 'application/json' }),
      },
      ...(body === undefined ? {} : { body: text ? body : JSON.stringify(body) }),
    });
    const { status, headers } = response;
    (await this.#documented()).check({ method, path, status, headers, text: await response.clone().text() });
    return response;
  }

  async #documented(): Promise<AdminConformance> {
    if (this.#conformance === undefined) {
      const document = await expectOk(await fetch(`${this.url}/admin/v1/openapi.json`));
      this.#conformance = new AdminConformance(await document.json());
    }
    return this.#conformance;
  }

  /** A tenant with a pipeline and one token, and, unless told otherwise, limits that are counted but far away. */
  async createTenant(
    name: string,
    pipeline: string,
    scopes: readonly string[] = ['agent'],
    limits: LimitOverrides = FAR_LIMITS,
  ): Promise<string> {
    await expectOk(await this.admin('POST', '/tenants', { name, limits }));
    await expectOk(await this.admin('PUT', `/tenants/${name}/pipeline`, pipeline));
    return this.createToken(name, scopes);
  }

  async createToken(tenant: string, scopes: readonly string[]): Promise<string> {
    const answer = await expectOk(
      await this.admin('POST', `/tenants/${tenant}/tokens`, { name: scopes.join(' '), scopes }),
    );
    return ((await answer.json()) as { token: string }).token;
  }

  async outboxes(tenant: string): Promise<readonly OutboxView[]> {
    const answer = await expectOk(await this.admin('GET', `/tenants/${tenant}/outboxes`));
    return ((await answer.json()) as { outboxes: OutboxView[] }).outboxes;
  }

  async outboxDetails(tenant: string): Promise<readonly OutboxDetailsView[]> {
    const list = await this.outboxes(tenant);
    return Promise.all(
      list.map(async ({ destination }) => {
        const path = `/tenants/${tenant}/outbox?destination=${encodeURIComponent(destination)}`;
        return (await expectOk(await this.admin('GET', path))).json() as Promise<OutboxDetailsView>;
      }),
    );
  }

  async queuedItems(tenant: string): Promise<number> {
    return (await this.outboxes(tenant)).reduce((sum, outbox) => sum + outbox.items, 0);
  }
}

async function expectOk(response: Response): Promise<Response> {
  if (response.ok) return response;
  throw new Error(`${response.url} answered ${response.status}: ${await response.text()}`);
}

export function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
