/** What a Cloudflare account holds, as far as `npm run deploy` makes it. Only the fake API changes it. */

export interface Database {
  readonly uuid: string;
  readonly name: string;
}

/** The bindings of an upload's metadata, of the types that this fake can run. Others are refused. */
export type Binding =
  | { readonly type: 'd1'; readonly name: string; readonly id: string }
  | { readonly type: 'durable_object_namespace'; readonly name: string; readonly class_name: string }
  | { readonly type: 'assets'; readonly name: string }
  | { readonly type: 'plain_text'; readonly name: string; readonly text: string }
  | { readonly type: 'secret_text'; readonly name: string; readonly text: string }
  | { readonly type: 'ratelimit'; readonly name: string };

export const BINDING_TYPES: readonly string[] = [
  'd1',
  'durable_object_namespace',
  'assets',
  'plain_text',
  'secret_text',
  'ratelimit',
];

export interface Script {
  readonly name: string;
  readonly tag: string;
  /** The uploaded module. */
  code: string;
  compatibilityDate: string;
  compatibilityFlags: readonly string[];
  bindings: readonly Binding[];
  migrationTag: string | undefined;
  /** Every class that a migration created; a class is created once. */
  sqliteClasses: string[];
  /** Path of each asset, to its hash. */
  assets: Readonly<Record<string, string>>;
  subdomainEnabled: boolean;
  crons: readonly string[];
  domains: readonly string[];
  versions: string[];
}

export class Account {
  readonly id: string;
  readonly name: string;
  subdomain: string | undefined;
  readonly databases = new Map<string, Database>();
  readonly scripts = new Map<string, Script>();
  /** Contents of assets by hash, decoded. */
  readonly assetContents = new Map<string, Buffer>();

  constructor(id: string, name: string, subdomain: string | undefined) {
    this.id = id;
    this.name = name;
    this.subdomain = subdomain;
  }

  secretsOf(name: string): Readonly<Record<string, string>> {
    const bindings = this.scripts.get(name)?.bindings ?? [];
    return Object.fromEntries(bindings.flatMap((one) => (one.type === 'secret_text' ? [[one.name, one.text]] : [])));
  }
}
