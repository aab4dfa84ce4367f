/** The real gateway in workerd with a data folder of its own, and the admin calls that tests need. */
import { startGateway } from '../../cli/serve.ts';
import { freePort } from './ports.ts';
import { tempFolder } from './temp-folder.ts';
import { waitUntil } from './wait-until.ts';

const ADMIN_TOKEN = 'admin-token-of-the-tests';

export interface OutboxView {
  readonly destination: string;
  readonly state: string;
  readonly payloads: number;
  readonly items: number;
  readonly deadLetters: number;
}

export class TestGateway {
  readonly port: number;
  readonly adminToken = ADMIN_TOKEN;
  readonly #folder = tempFolder('gateway');
  #running: Awaited<ReturnType<typeof startGateway>> | undefined;

  private constructor(port: number) {
    this.port = port;
  }

  static async start(): Promise<TestGateway> {
    const gateway = new TestGateway(await freePort());
    await gateway.run();
    return gateway;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
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
      allowPrivateDestinations: true,
      logger: { info: () => {}, warn: () => {} },
    });
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

  async admin(method: string, path: string, body?: unknown): Promise<Response> {
    const text = typeof body === 'string';
    return fetch(`${this.url}/admin/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${ADMIN_TOKEN}`,
        ...(body === undefined ? {} : { 'content-type': text ? 'text/plain' : 'application/json' }),
      },
      ...(body === undefined ? {} : { body: text ? body : JSON.stringify(body) }),
    });
  }

  /** A tenant with a pipeline and one token. */
  async createTenant(name: string, pipeline: string, scopes: readonly string[] = ['agent']): Promise<string> {
    await expectOk(await this.admin('POST', '/tenants', { name }));
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
