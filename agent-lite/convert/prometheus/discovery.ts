/** Turns the service discovery of one scrape configuration into components and the targets they give. */
import { type Block, type Body, block } from '../alloy/block.ts';
import { labelWithIndex } from '../alloy/identifier.ts';
import { type AlloyValue, Expression } from '../alloy/value.ts';
import type { ConversionDiagnostics } from '../diagnostics.ts';
import {
  type DiscoveryForms,
  type DiscoveryKind,
  type discoveryFields,
  discoveryKinds,
  unsupportedKinds,
} from '../forms/discovery.ts';
import type { HttpClientForm } from '../forms/http-client.ts';
import type { ReadFields } from '../yaml/form.ts';
import { discoveryBodies } from './discovery-blocks.ts';
import { checkHttpClient } from './http-client.ts';

export type DiscoveryForm = ReadFields<typeof discoveryFields>;

export interface Discovered {
  readonly blocks: readonly Block[];
  /** Lists of targets, those of components as references. */
  readonly targets: readonly AlloyValue[];
}

export interface DiscoveryOptions {
  readonly kinds?: readonly DiscoveryKind[];
  /** Arguments of one kind that are not simply its own. */
  readonly bodies?: Partial<typeof discoveryBodies>;
}

/** A configuration may name its kinds in any order; components come in that of the kinds, as Prometheus sorts them. */
export function convertDiscovery(form: DiscoveryForm, label: string, options: DiscoveryOptions = {}): Discovered {
  const blocks: Block[] = [];
  const targets: AlloyValue[] = [];
  const bodies = { ...discoveryBodies, ...options.bodies };
  for (const kind of options.kinds ?? discoveryKinds) {
    configsOf(form, kind).forEach((config, i) => {
      const id = labelWithIndex(i, label);
      blocks.push(block(`discovery.${kind}`, bodyOf(bodies, kind, config), id));
      targets.push(new Expression(`discovery.${kind}.${id}.targets`));
    });
  }
  return { blocks, targets: [...targets, ...staticTargets(form)] };
}

function configsOf<K extends DiscoveryKind>(form: DiscoveryForm, kind: K): readonly DiscoveryForms[K][] {
  return (form[`${kind}_sd_configs` as keyof DiscoveryForm] ?? []) as unknown as readonly DiscoveryForms[K][];
}

function bodyOf<K extends DiscoveryKind>(bodies: typeof discoveryBodies, kind: K, config: DiscoveryForms[K]): Body {
  return bodies[kind](config);
}

/** A list for each target, as Alloy's converter makes them, because components' targets are lists as well. */
function staticTargets({ static_configs: groups = [] }: DiscoveryForm): AlloyValue[] {
  return groups.flatMap(({ targets = [], labels = new Map<string, string>() }) =>
    targets.map((address) => [new Map<string, AlloyValue>([...labels, ['__address__', address]])]),
  );
}

export function checkDiscovery(form: DiscoveryForm, diagnostics: ConversionDiagnostics): void {
  for (const kind of unsupportedKinds) {
    for (const _ of (form[`${kind}_sd_configs` as keyof DiscoveryForm] ?? []) as readonly unknown[]) {
      diagnostics.add('Error', `The converter does not support converting the provided ${kind} service discovery.`);
    }
  }
  for (const kind of discoveryKinds) {
    for (const config of configsOf(form, kind)) checkConfig(kind, config, diagnostics);
  }
}

function checkConfig(kind: DiscoveryKind, config: object, diagnostics: ConversionDiagnostics): void {
  const client = config as HttpClientForm;
  if (kind === 'digitalocean') {
    for (const name of ['basic_auth', 'authorization', 'oauth2', 'tls_config'] as const) {
      if (client[name] !== undefined) diagnostics.unsupported(`digitalocean_sd_configs ${name}`);
    }
  }
  for (const name of UNCONVERTED[kind] ?? []) {
    if ((config as Readonly<Record<string, unknown>>)[name] !== undefined) {
      diagnostics.unsupported(`${kind}_sd_configs ${name}`);
    }
  }
  if (kind === 'azure') checkAzure(config as DiscoveryForms['azure'], diagnostics);
  if (kind === 'kubernetes') checkKubernetes(config as DiscoveryForms['kubernetes'], diagnostics);
  checkHttpClient(client, diagnostics);
}

/** Settings that change what is found, and that the components do not have. */
const UNCONVERTED: { readonly [K in DiscoveryKind]?: readonly string[] } = {
  consul: ['path_prefix', 'filter', 'health_filter'],
  digitalocean: ['role'],
  ec2: ['external_id'],
  lightsail: ['external_id'],
  kuma: ['client_id'],
};

const AZURE_METHODS = ['OAuth', 'ManagedIdentity', 'SDK', 'WorkloadIdentity'];

function checkAzure(
  { authentication_method: method }: DiscoveryForms['azure'],
  diagnostics: ConversionDiagnostics,
): void {
  if (method === undefined || AZURE_METHODS.includes(method)) return;
  const supported = 'Supported methods are "OAuth", "ManagedIdentity", "SDK" or "WorkloadIdentity"';
  diagnostics.add('Critical', `unknown authentication_method ${JSON.stringify(method)}. ${supported}`);
}

function checkKubernetes(
  { attach_metadata: attach }: DiscoveryForms['kubernetes'],
  diagnostics: ConversionDiagnostics,
): void {
  for (const name of ['deployment', 'job', 'cronjob'] as const) {
    if (attach?.[name]) diagnostics.unsupported(`kubernetes_sd_configs attach_metadata ${name}`);
  }
}
