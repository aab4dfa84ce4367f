/**
 * Components of Alloy that agent-lite does not run yet, declared so that configurations which use them can be checked:
 * their arguments, blocks and exports, with Alloy's names, types and defaults (grafana/alloy at 66ebea856d).
 */
import { type AnyComponentDefinition, defineComponent, type Stability } from '../../core/alloy/component.ts';
import { type BodySchema, block, body, required, t, withDefault } from '../../core/alloy/schema.ts';
import type { HostContext } from '../context.ts';
import { checkRules } from './rules.ts';

export type DeclaredComponent = AnyComponentDefinition<HostContext>;

export interface Declaration {
  readonly name: string;
  readonly summary: string;
  readonly stability?: Stability;
  readonly community?: true;
  readonly schema: BodySchema;
  /** As in ComponentDefinition. */
  readonly exports: Readonly<Record<string, string>>;
}

export function declareComponent(declaration: Declaration): DeclaredComponent {
  return defineComponent<BodySchema, HostContext>({
    stability: 'generally-available',
    ...declaration,
    sides: ['host'],
    declaredOnly: true,
    validate: (args) => checkRules(declaration.schema, args),
    create: () => {
      throw new Error(`BUG: ${declaration.name} is declared only and cannot be created`);
    },
  });
}

/** What `auth` of OpenTelemetry clients and servers takes, and what `otelcol.auth.*` export. */
export const authHandler = t.capsule<unknown>('otelcol.Handler');

/** What `storage` of a queue takes. An authentication handler is none, though Alloy's docs give both one name. */
export const storageHandler = t.capsule<unknown>('extension.ExtensionHandler');

export const KiB = 1024;
export const MiB = 1024 * KiB;
export const GiB = 1024 * MiB;

/** Blocks such as `host.name { enabled = true }`, several names in a text; `enabled` may be left out. */
export function toggles(enabled: boolean, ...names: string[]): BodySchema {
  return sameBlocks(names, body({ enabled: withDefault(t.bool, enabled) }));
}

/** As `toggles`, where `enabled` is required. */
export function switches(...names: string[]): BodySchema {
  return sameBlocks(names, body({ enabled: required(t.bool) }));
}

function sameBlocks(texts: readonly string[], schema: BodySchema): BodySchema {
  const names = texts.flatMap((text) => text.split(' '));
  return Object.fromEntries(names.map((name) => [name, block(schema)] as const));
}
