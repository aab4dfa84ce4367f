/** What an upload of a Worker says, and what the platform checks of it. */
import { randomBytes } from 'node:crypto';
import { type Account, BINDING_TYPES, type Binding, type Database, type Script } from './account.ts';

export interface Metadata {
  readonly main_module: string;
  readonly compatibility_date: string;
  readonly compatibility_flags?: readonly string[];
  readonly bindings: readonly (Binding | { readonly type: 'inherit'; readonly name: string })[];
  readonly keep_bindings?: readonly string[];
  readonly migrations?: {
    readonly old_tag?: string;
    readonly new_tag: string;
    readonly steps: readonly { readonly new_sqlite_classes?: readonly string[] }[];
  };
  readonly assets?: { readonly jwt: string };
}

/** An answer with `success: false`, by Cloudflare's numbers. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: number;
  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export function newScript(name: string): Script {
  return {
    name,
    tag: randomBytes(16).toString('hex'),
    code: '',
    compatibilityDate: '',
    compatibilityFlags: [],
    bindings: [],
    migrationTag: undefined,
    sqliteClasses: [],
    assets: {},
    subdomainEnabled: false,
    crons: [],
    domains: [],
    versions: [],
  };
}

export function mergedBindings(metadata: Metadata, before: Script | undefined): Binding[] {
  const bindings: Binding[] = [];
  for (const one of metadata.bindings) {
    if (one.type === 'inherit' || !BINDING_TYPES.includes(one.type))
      throw new ApiError(400, 10021, `binding ${one.name} of type ${one.type} is not known to this fake`);
    bindings.push(one);
  }
  const kept = (before?.bindings ?? []).filter(
    (one) => metadata.keep_bindings?.includes(one.type) && !bindings.some(({ name }) => name === one.name),
  );
  return [...bindings, ...kept];
}

/** As the platform does it: a tag is applied once, and only on top of the one before. */
export function migrateClasses(script: Script, { migrations, bindings }: Metadata): void {
  if (migrations) {
    if (migrations.old_tag !== script.migrationTag)
      throw new ApiError(412, 10079, `migration tag precondition failed: have ${script.migrationTag}`);
    for (const created of migrations.steps.flatMap(({ new_sqlite_classes = [] }) => new_sqlite_classes)) {
      if (script.sqliteClasses.includes(created)) throw new ApiError(400, 10074, `class ${created} exists already`);
      script.sqliteClasses.push(created);
    }
    script.migrationTag = migrations.new_tag;
  }
  for (const one of bindings)
    if (one.type === 'durable_object_namespace' && !script.sqliteClasses.includes(one.class_name))
      throw new ApiError(400, 10061, `no class ${one.class_name} was created by a migration`);
}

export function databaseOf(account: Account, uuid: string): Database {
  const database = account.databases.get(uuid);
  if (database === undefined) throw new ApiError(404, 7404, `The database ${uuid} could not be found`);
  return database;
}

export async function textOf(part: FormDataEntryValue | null): Promise<string> {
  if (part === null) throw new ApiError(400, 10021, 'a part of the upload is missing');
  return typeof part === 'string' ? part : part.text();
}
