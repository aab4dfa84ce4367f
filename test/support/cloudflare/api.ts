/**
 * A Cloudflare API on loopback, as far as wrangler calls it for `npm run deploy`: a login, accounts, D1, scripts with
 * versions, secrets, assets, subdomain and schedules. It keeps what it is told, runs the SQL, and runs the uploaded Worker.
 * It answers what it does not know with 404 and writes it down, so that a test sees it.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { closeServer, listenOnLoopback, loopbackUrl } from '../loopback.ts';
import { tempFolder } from '../temp-folder.ts';
import { Account, type Script } from './account.ts';
import { Runtime } from './runtime.ts';
import { ApiError, databaseOf, type Metadata, mergedBindings, migrateClasses, newScript, textOf } from './upload.ts';

export const API_TOKEN = 'api-token-of-the-tests';

type Handler = (account: Account, match: readonly string[], request: Request) => unknown;

export class FakeCloudflare {
  readonly accounts: Account[] = [];
  /** `METHOD path` of every call, and of those that nothing here answers. */
  readonly calls: string[] = [];
  readonly unknown: string[] = [];
  /** Calls that match answer 400 until it is taken away. */
  broken: RegExp | undefined;
  readonly #folder = tempFolder('cloudflare');
  readonly #runtimes = new Map<Account, Runtime>();
  readonly #uploads = new Map<string, Readonly<Record<string, string>>>();
  readonly #server: Server = createServer((request, response) => void this.#serve(request, response));
  readonly #routes: readonly (readonly [string, RegExp, Handler])[];

  constructor() {
    const { D1, SCRIPTS, SCRIPT } = {
      D1: '/d1/database',
      SCRIPTS: '/workers/scripts',
      SCRIPT: '/workers/scripts/([^/]+)',
    };
    const at = (method: string, path: string, handler: Handler) => [method, new RegExp(`^${path}$`), handler] as const;
    this.#routes = [
      at('GET', D1, (account) => [...account.databases.values()]),
      at('POST', D1, (account, _, request) => this.#createDatabase(account, request)),
      at('GET', `${D1}/([^/]+)`, (account, [uuid = '']) => databaseOf(account, uuid)),
      at('POST', `${D1}/([^/]+)/query`, (account, [uuid = ''], request) => this.#query(account, uuid, request)),
      at('GET', '/workers/services/([^/]+)', (account, [name = '']) => serviceOf(account, name)),
      at('GET', '/workers/workers/([^/]+)', (account, [name = '']) => workerOf(account, name)),
      at('GET', '/workers/subdomain', (account) => subdomainOf(account)),
      at('GET', SCRIPTS, (account) =>
        [...account.scripts.values()].map(({ name, migrationTag }) => ({ id: name, migration_tag: migrationTag })),
      ),
      at('GET', `${SCRIPT}/secrets`, (account, [name = '']) =>
        Object.keys(this.#script(account, name) && account.secretsOf(name)).map((one) => ({
          name: one,
          type: 'secret_text',
        })),
      ),
      at('POST', `${SCRIPT}/assets-upload-session`, (account, _, request) => this.#openUpload(account, request)),
      at('POST', '/workers/assets/upload', (account, _, request) => this.#uploadAssets(account, request)),
      at('PUT', SCRIPT, (account, [name = ''], request) => this.#upload(account, name, request)),
      at('POST', `${SCRIPT}/versions`, (account, [name = ''], request) => this.#upload(account, name, request)),
      at('GET', `${SCRIPT}/deployments`, (account, [name = '']) => ({
        deployments: this.#script(account, name)
          .versions.map((id) => ({ id, versions: [{ version_id: id, percentage: 100 }] }))
          .slice(-1),
      })),
      at('POST', `${SCRIPT}/deployments`, () => ({ id: randomUUID() })),
      at('GET', `${SCRIPT}/settings`, (account, [name = '']) => ({ bindings: this.#script(account, name).bindings })),
      at('PATCH', `${SCRIPT}/script-settings`, () => ({})),
      at('POST', `${SCRIPT}/subdomain`, async (account, [name = ''], request) => {
        const { enabled } = (await request.json()) as { enabled: boolean };
        this.#script(account, name).subdomainEnabled = enabled;
        return { enabled, previews_enabled: false };
      }),
      at('PUT', `${SCRIPT}/schedules`, async (account, [name = ''], request) => {
        const crons = (await request.json()) as { cron: string }[];
        this.#script(account, name).crons = crons.map(({ cron }) => cron);
        return { schedules: crons };
      }),
      at('POST', `${SCRIPT}/domains/changeset`, () => ({ added: [], removed: [], updated: [], conflicting: [] })),
      at('PUT', `${SCRIPT}/domains/records`, async (account, [name = ''], request) => {
        const { origins } = (await request.json()) as { origins: { hostname: string }[] };
        this.#script(account, name).domains = origins.map(({ hostname }) => hostname);
        return {};
      }),
    ];
  }

  static async start(accounts: readonly { name: string; subdomain?: string }[] = [{ name: 'One', subdomain: 'one' }]) {
    const fake = new FakeCloudflare();
    for (const { name, subdomain } of accounts) {
      const account = new Account(randomBytes(16).toString('hex'), name, subdomain);
      fake.accounts.push(account);
      fake.#runtimes.set(account, new Runtime(join(fake.#folder.path, account.id), account));
    }
    await listenOnLoopback(fake.#server);
    return fake;
  }

  async stop(): Promise<void> {
    await closeServer(this.#server);
    await Promise.all([...this.#runtimes.values()].map((runtime) => runtime.stop()));
    this.#folder.remove();
  }

  get url(): string {
    return loopbackUrl(this.#server);
  }

  get account(): Account {
    return this.accounts[0] as Account;
  }

  /** What stands where `https://<name>.<subdomain>.workers.dev` would. */
  gatewayUrl(account: Account, name: string): string | undefined {
    return this.#runtimes.get(account)?.url(`worker-${name}`);
  }

  async rows(uuid: string, sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const answer = await this.#sql(this.account, uuid, { sql });
    return answer.results;
  }

  async #serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const url = new URL(incoming.url as string, this.url);
    this.calls.push(`${incoming.method} ${url.pathname}`);
    try {
      const result = await this.#answer(incoming, url);
      if (result instanceof Response) {
        outgoing.writeHead(result.status, Object.fromEntries(result.headers));
        outgoing.end(Buffer.from(await result.arrayBuffer()));
        return;
      }
      const list = Array.isArray(result);
      const count = list ? result.length : 1;
      const info = list ? { result_info: { page: 1, per_page: 100, count, total_count: count, total_pages: 1 } } : {};
      send(outgoing, 200, { success: true, errors: [], messages: [], result, ...info });
    } catch (error) {
      const { status, code } = error instanceof ApiError ? error : { status: 500, code: 10013 };
      const message = (error as Error).message;
      send(outgoing, status, { success: false, errors: [{ code, message }], messages: [], result: null });
    }
  }

  async #answer(incoming: IncomingMessage, url: URL): Promise<unknown> {
    const hosted = /^\/hosted\/([^/]+)(\/.*)$/.exec(url.pathname);
    if (hosted) return this.#hosted(hosted[1] as string, hosted[2] as string);
    const request = await asRequest(incoming, url);
    const authorization = request.headers.get('authorization');
    if (authorization !== `Bearer ${API_TOKEN}` && !this.#uploads.has(authorization?.slice(7) ?? ''))
      throw new ApiError(401, 10000, 'Authentication error');
    if (this.broken?.test(`${request.method} ${url.pathname}`)) throw new ApiError(400, 10013, 'broken for this test');
    const general = this.#general(url.pathname);
    if (general !== undefined) return general;
    const [, id, path = ''] = /^\/accounts\/([^/]+)(\/.*)$/.exec(url.pathname) ?? [];
    const account = this.accounts.find((one) => one.id === id);
    for (const [method, pattern, handler] of this.#routes) {
      const match = pattern.exec(path);
      if (match && method === request.method && account) return handler(account, match.slice(1), request);
    }
    this.unknown.push(`${request.method} ${url.pathname}`);
    throw new ApiError(404, 7003, `the fake does not know ${request.method} ${url.pathname}`);
  }

  /** The DNS and TLS in front of Workers: the test's clients ask here for https://<host><path>. */
  #hosted(host: string, path: string): Promise<Response> | Response {
    for (const account of this.accounts) {
      for (const { name, subdomainEnabled, domains } of account.scripts.values()) {
        const own = subdomainEnabled && host === `${name}.${account.subdomain}.workers.dev`;
        if (own || domains.includes(host)) return fetch(`${this.gatewayUrl(account, name)}${path}`);
      }
    }
    return new Response('There is nothing here yet\n', { status: 404 });
  }

  #general(path: string): unknown {
    const accounts = this.accounts.map(({ id, name }) => ({ id, name }));
    if (path === '/user/tokens/verify') return { id: 'token', status: 'active' };
    if (path === '/user') return { id: 'user', email: 'someone@example.com' };
    if (path === '/accounts') return accounts;
    if (path === '/memberships') return accounts.map((account) => ({ id: `m-${account.id}`, account, roles: [] }));
    return undefined;
  }

  #script(account: Account, name: string): Script {
    const script = account.scripts.get(name);
    if (script === undefined) throw new ApiError(404, 10007, 'This Worker does not exist on your account.');
    return script;
  }

  async #createDatabase(account: Account, request: Request): Promise<unknown> {
    const { name } = (await request.json()) as { name: string };
    if ([...account.databases.values()].some((one) => one.name === name))
      throw new ApiError(400, 7502, `database with name ${name} already exists`);
    const database = { uuid: randomUUID(), name };
    account.databases.set(database.uuid, database);
    await this.#runtimes.get(account)?.restart();
    return { ...database, version: 'production', created_at: new Date().toISOString() };
  }

  async #query(account: Account, uuid: string, request: Request): Promise<unknown> {
    databaseOf(account, uuid);
    return [await this.#sql(account, uuid, (await request.json()) as object)];
  }

  async #sql(account: Account, uuid: string, body: object) {
    const url = this.#runtimes.get(account)?.url(`d1-${uuid}`);
    const response = await fetch(`${url}/query`, { method: 'POST', body: JSON.stringify(body) });
    const answer = (await response.json()) as
      | { success: false; error: string }
      | { success: true; results: Record<string, unknown>[] }[];
    if (!Array.isArray(answer)) throw new ApiError(400, 7500, (answer as { error: string }).error);
    return answer[0] as { success: true; results: Record<string, unknown>[] };
  }

  async #openUpload(account: Account, request: Request): Promise<unknown> {
    const { manifest } = (await request.json()) as { manifest: Record<string, { hash: string }> };
    const jwt = `e30.${Buffer.from('{}').toString('base64url')}.${randomBytes(8).toString('hex')}`;
    this.#uploads.set(jwt, Object.fromEntries(Object.entries(manifest).map(([path, { hash }]) => [path, hash])));
    const missing = Object.values(manifest).filter(({ hash }) => !account.assetContents.has(hash));
    return { jwt, buckets: missing.length === 0 ? [] : [missing.map(({ hash }) => hash)] };
  }

  async #uploadAssets(account: Account, request: Request): Promise<unknown> {
    for (const [hash, file] of await request.formData()) {
      const text = typeof file === 'string' ? file : await file.text();
      account.assetContents.set(hash, Buffer.from(text, 'base64'));
    }
    return { jwt: request.headers.get('authorization')?.slice(7) };
  }

  async #upload(account: Account, name: string, request: Request): Promise<unknown> {
    const form = await request.formData();
    const metadata = JSON.parse(await textOf(form.get('metadata'))) as Metadata;
    const before = account.scripts.get(name);
    const script = before ?? newScript(name);
    const bindings = mergedBindings(metadata, before);
    for (const one of bindings) if (one.type === 'd1') databaseOf(account, one.id);
    migrateClasses(script, metadata);
    script.code = await textOf(form.get(metadata.main_module));
    script.compatibilityDate = metadata.compatibility_date;
    script.compatibilityFlags = metadata.compatibility_flags ?? [];
    script.bindings = bindings;
    if (metadata.assets) script.assets = this.#uploads.get(metadata.assets.jwt) ?? {};
    const id = randomUUID();
    script.versions.push(id);
    account.scripts.set(name, script);
    await this.#runtimes.get(account)?.restart();
    return {
      id,
      deployment_id: id.replaceAll('-', ''),
      startup_time_ms: 1,
      resources: { script: { etag: id } },
    };
  }
}

function serviceOf(account: Account, name: string): object {
  const script = account.scripts.get(name);
  if (script === undefined) throw new ApiError(404, 10090, 'workers.api.error.service_not_found');
  return {
    default_environment: {
      environment: 'production',
      script: { tag: script.tag, tags: [], last_deployed_from: 'wrangler', migration_tag: script.migrationTag },
    },
  };
}

function workerOf(account: Account, name: string): object {
  const script = account.scripts.get(name);
  if (script === undefined) throw new ApiError(404, 10007, 'This Worker does not exist on your account.');
  return { id: script.tag, name, subdomain: { enabled: script.subdomainEnabled, previews_enabled: false } };
}

function subdomainOf({ subdomain }: Account): object {
  if (subdomain === undefined) throw new ApiError(404, 10007, 'There is no workers.dev subdomain.');
  return { subdomain };
}

async function asRequest(incoming: IncomingMessage, url: URL): Promise<Request> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const headers = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)] as [string, string]);
  const bodied = incoming.method !== 'GET' && incoming.method !== 'HEAD';
  return new Request(url, {
    method: incoming.method as string,
    headers: headers.filter(([name]) => !['connection', 'transfer-encoding', 'content-length'].includes(name)),
    ...(bodied ? { body: new Uint8Array(Buffer.concat(chunks)) } : {}),
  });
}

function send(outgoing: ServerResponse, status: number, body: object): void {
  outgoing.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}
