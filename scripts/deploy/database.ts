/** The D1 database: found or created by its name, and its migrations. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Plan } from './config.ts';
import { DeployFailure } from './failure.ts';
import type { Wrangler } from './wrangler.ts';

interface Listed {
  readonly uuid: string;
  readonly name: string;
}

export async function findDatabase(wrangler: Wrangler, plan: Plan): Promise<string | undefined> {
  const databases = await wrangler.json<Listed[]>('Find the database', ['d1', 'list', '--json']);
  if (plan.databaseId !== undefined) {
    if (databases.some(({ uuid }) => uuid === plan.databaseId)) return plan.databaseId;
    throw new DeployFailure(
      `wrangler.toml names the D1 database ${plan.databaseId}, which the account does not have; with the id ` +
        `00000000-0000-0000-0000-000000000000 it is found, or made, by its name ${plan.databaseName}`,
    );
  }
  return databases.find(({ name }) => name === plan.databaseName)?.uuid;
}

export async function createDatabase(wrangler: Wrangler, plan: Plan): Promise<string> {
  await wrangler.orFail(`Create the database ${plan.databaseName}`, ['d1', 'create', plan.databaseName]);
  const id = await findDatabase(wrangler, plan);
  if (id !== undefined) return id;
  throw new DeployFailure(`the database ${plan.databaseName} was created, but the account does not list it`);
}

/** wrangler runs each pending file as one transaction of its own, and remembers it in d1_migrations. */
export async function applyMigrations(wrangler: Wrangler, configPath: string): Promise<void> {
  const args = ['d1', 'migrations', 'apply', 'DB', '--remote', '--config', configPath];
  // With CI set it asks nothing.
  await wrangler.orFail('Apply the migrations', args, { env: { CI: 'true' } });
}

/** Runs every migration in SQLite on this machine, in the order in which wrangler runs them. Returns their number. */
export function checkMigrations(folder: string): number {
  const names = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort();
  const database = new DatabaseSync(':memory:');
  for (const name of names) {
    try {
      database.exec(readFileSync(join(folder, name), 'utf8'));
    } catch (error) {
      throw new DeployFailure(`migrations/${name}: ${(error as Error).message}`);
    }
  }
  database.close();
  return names.length;
}
