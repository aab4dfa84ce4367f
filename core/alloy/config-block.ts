/** Blocks that configure the runtime itself, such as `logging`, declared like components but singletons without label. */
import type { Stability } from './component.ts';
import type { BodySchema, Decoded } from './schema.ts';

export interface ConfigBlock<S extends BodySchema> {
  readonly name: string;
  readonly stability: Stability;
  readonly schema: S;
  /** Called after each load; undefined when the configuration has no such block. Throws ArgumentError to refuse. */
  apply(args: Decoded<S> | undefined): void;
}

// biome-ignore lint/suspicious/noExplicitAny: a registry holds blocks of every argument type
export type AnyConfigBlock = ConfigBlock<any>;

/** Keeps the argument type while declaring. */
export function defineConfigBlock<S extends BodySchema>(block: ConfigBlock<S>): ConfigBlock<S> {
  return block;
}

/** The ones that Alloy has, so that one a runtime lacks is not called unknown. */
export const CONFIG_BLOCK_NAMES: ReadonlySet<string> = new Set([
  'logging',
  'tracing',
  'http',
  'remotecfg',
  'livedebugging',
]);
