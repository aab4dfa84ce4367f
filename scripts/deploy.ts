/**
 * `npm run deploy`: takes a Cloudflare account from nothing to a running gateway, and is how it is upgraded. Every step finds
 * out what is there and adds what is missing, so that it can be run again after any failure. The database is migrated
 * before the code that needs it is uploaded. docs/deploy.md.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, findAccount } from './deploy/account.ts';
import { checkBundle } from './deploy/bundle.ts';
import { NO_DATABASE, type Plan, readPlan, writeConfig } from './deploy/config.ts';
import { applyMigrations, checkMigrations, createDatabase, findDatabase } from './deploy/database.ts';
import { DeployFailure } from './deploy/failure.ts';
import { type DeployOptions, parseOptions, USAGE, UsageError } from './deploy/options.ts';
import { type NewSecrets, newSecrets, secretNames } from './deploy/secrets.ts';
import { type Deployed, Wrangler } from './deploy/wrangler.ts';

const ROOT = join(import.meta.dirname, '..');
const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
/** A new workers.dev name, or a new domain's certificate, takes up to minutes to reach everyone. */
const READY_TIMEOUT_MS = Number(process.env.SPILLWAY_DEPLOY_READY_TIMEOUT_MS ?? 300_000);

/** What changed in the account so far, for whoever reads an error. */
const done: string[] = [];
let toStderr = false;

process.exitCode = await main();

async function main(): Promise<number> {
  try {
    const options = parseOptions(process.argv.slice(2), process.env);
    toStderr = options.json;
    if (options.help) console.log(USAGE);
    else if (options.dryRun) await dryRun(options);
    else await deploy(options);
    return 0;
  } catch (error) {
    if (!(error instanceof DeployFailure)) throw error;
    console.error(`\ndeploy: ${error.message}`);
    if (error instanceof UsageError) {
      console.error('(see npm run deploy -- --help)');
      return EXIT_USAGE;
    }
    console.error(
      done.length === 0 ? '\nNothing was changed.' : `\nDone so far:\n${done.map((one) => `  ${one}`).join('\n')}`,
    );
    console.error('It can be run again at any time, and goes on from where it stopped.');
    return EXIT_FAILED;
  }
}

async function dryRun(options: DeployOptions): Promise<void> {
  const plan = readPlan(ROOT, options, process.env);
  const { bundle, migrations } = await check(new Wrangler(ROOT), plan, options);
  const { bindings, bytes, compressedBytes } = bundle;
  say(`\n${plan.name} can be deployed, as far as that shows without Cloudflare. Nothing was uploaded.`);
  if (options.json) print({ dryRun: true, name: plan.name, bindings, bytes, compressedBytes, migrations });
}

async function deploy(options: DeployOptions): Promise<void> {
  const plan = readPlan(ROOT, options, process.env);
  step('Who is logged in');
  const account = await findAccount(new Wrangler(ROOT), options);
  const wrangler = new Wrangler(ROOT, account.id);
  detail(`account ${account.name} (${account.id})`);
  await check(wrangler, plan, options);

  step(`Database ${plan.databaseName}`);
  const [existing, found] = await Promise.all([secretNames(wrangler, plan.configPath), findDatabase(wrangler, plan)]);
  if (found === undefined && existing !== undefined) throw someoneElses(plan);
  const databaseId = await prepareDatabase(wrangler, plan, options, found);

  step('Deploy');
  const secrets = newSecrets(existing ?? [], options, process.env);
  const deployed = await upload(wrangler, plan, secrets);
  const urls = urlsOf(deployed, options);
  report(urls, secrets, options, { plan, account, databaseId, versionId: deployed.versionId });

  step('Wait until it answers');
  for (const url of urls) detail(`${url}/-/ready: ${await untilReady(url)}`);
  if (!options.json) showNext(urls[0] as string);
}

async function check(wrangler: Wrangler, plan: Plan, options: DeployOptions) {
  step('Build the pages');
  const built = spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: ROOT, encoding: 'utf8' });
  if (built.status !== 0) throw new DeployFailure(`the build failed:\n${built.stderr}`);
  step('Check the Worker and the migrations');
  writeConfig(plan, plan.databaseId ?? NO_DATABASE, options);
  const bundle = await checkBundle(wrangler, plan);
  const kib = (bytes: number) => `${Math.ceil(bytes / 1024)} KiB`;
  detail(`${kib(bundle.bytes)}, ${kib(bundle.compressedBytes)} compressed, ${bundle.assets} files of pages`);
  detail(`bindings: ${bundle.bindings.join(', ')}`);
  const migrations = checkMigrations(plan.migrationsFolder);
  detail(`${migrations} migrations run`);
  return { bundle, migrations };
}

function someoneElses({ name, databaseName }: Plan): DeployFailure {
  return new DeployFailure(
    `the account has a Worker ${name}, but no database ${databaseName}, so it may be something else that a ` +
      'deployment would replace. Choose another name with --name; or, if it is a gateway whose database is gone, ' +
      `make an empty one with \`npx wrangler d1 create ${databaseName}\``,
  );
}

async function prepareDatabase(wrangler: Wrangler, plan: Plan, options: DeployOptions, found: string | undefined) {
  const databaseId = found ?? (await createDatabase(wrangler, plan));
  detail(`${found === undefined ? 'created' : 'there already'}: ${databaseId}`);
  if (found === undefined) done.push(`database ${plan.databaseName} (${databaseId}) created`);
  writeConfig(plan, databaseId, options);
  await applyMigrations(wrangler, plan.configPath);
  detail('migrated to the newest schema');
  done.push(`database ${plan.databaseName} migrated`);
  return databaseId;
}

async function upload(wrangler: Wrangler, plan: Plan, secrets: NewSecrets): Promise<Deployed> {
  try {
    const deployed = await wrangler.deploy(plan.configPath, secrets.values);
    for (const name of Object.keys(secrets.values)) detail(`secret ${name} made`);
    done.push(`Worker ${plan.name} deployed`);
    return deployed;
  } catch (error) {
    // The code may be up although a later call failed. A token that was set and not shown would be lost.
    const names = await secretNames(wrangler, plan.configPath).catch(() => undefined);
    if (secrets.adminToken !== undefined && names?.includes('ADMIN_TOKEN')) {
      done.push(`Worker ${plan.name} uploaded; its admin token, shown this once: ${secrets.adminToken}`);
    }
    throw error;
  }
}

/** wrangler names schedules beside host names, and host names with and without https:// and a remark. */
function urlsOf({ targets }: Deployed, { domain }: DeployOptions): string[] {
  const hosts = targets.map((target) => /^(?:https:\/\/)?([a-z0-9.-]+\.[a-z0-9-]+)(?:$|[\s/])/.exec(target)?.[1]);
  const found = [...new Set([domain, ...hosts])].filter((host) => host !== undefined);
  if (found.length > 0) return found.map((host) => `https://${host}`);
  throw new DeployFailure(`the Worker is deployed, but wrangler names no address of it: ${targets.join(', ')}`);
}

/** Before the wait, so that a token is shown whatever comes. */
function report(
  urls: readonly string[],
  { adminToken, adminTokenMissing, values }: NewSecrets,
  options: DeployOptions,
  found: { plan: Plan; account: Account; databaseId: string; versionId: string | null },
): void {
  const { plan, account, databaseId, versionId } = found;
  if (options.json) {
    print({
      url: urls[0],
      urls,
      name: plan.name,
      accountId: account.id,
      databaseId,
      versionId,
      secretsMade: Object.keys(values),
      ...(adminToken === undefined ? {} : { adminToken }),
    });
    return;
  }
  if (adminToken !== undefined) {
    say(
      `\nThe admin token, shown this once. It lets in to everything; keep it where you keep passwords:\n\n  ${adminToken}\n`,
    );
  }
  if (adminTokenMissing) {
    say(
      '\nThe Worker has no ADMIN_TOKEN, and this log is no place for one. Set it in the dashboard (Settings, Variables and',
    );
    say(
      `secrets) or with: openssl rand -base64 32 | tee /dev/tty | npx wrangler secret put ADMIN_TOKEN --name ${plan.name}`,
    );
    say('Until then the admin API and the console let nobody in.\n');
  }
}

async function untilReady(url: string): Promise<string> {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  for (;;) {
    const answer = await ask(`${url}/-/ready`);
    if (answer.ok) return answer.text;
    if (Date.now() > deadline) {
      throw new DeployFailure(
        `${url} did not become ready within ${READY_TIMEOUT_MS / 1000} s; its last answer: ${answer.text}\n` +
          '  A new name can take longer. What the Worker says: npx wrangler tail',
      );
    }
    await sleep(2_000);
  }
}

async function ask(url: string): Promise<{ ok: boolean; text: string }> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    const [firstLine = ''] = (await response.text()).split('\n');
    return { ok: response.ok, text: response.ok ? firstLine : `HTTP ${response.status} ${firstLine.slice(0, 200)}` };
  } catch (error) {
    const cause = (error as Error).cause;
    return { ok: false, text: cause instanceof Error ? cause.message : (error as Error).message };
  }
}

function showNext(url: string): void {
  say(`\nThe gateway runs: ${url}/

Next, a tenant and a token for its hosts:
  export SPILLWAY_GATEWAY=${url} SPILLWAY_ADMIN_TOKEN=…
  npx spillway tenant create home
  npx spillway token create my-hosts --tenant home --scope agent

On each host, with that token:
  curl -fsSL ${url}/install.sh | sudo sh -s -- --token spw_…
`);
}

function step(title: string): void {
  say(`▸ ${title}`);
}

function detail(text: string): void {
  say(`    ${text}`);
}

function say(text: string): void {
  if (toStderr) console.error(text);
  else console.log(text);
}

function print(value: object): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}
