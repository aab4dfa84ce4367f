/** What a converter of one format takes and gives. */
import type { Block } from './alloy/block.ts';
import type { ConversionDiagnostics } from './diagnostics.ts';

/** Undefined for a variable that is not set. */
export type Environment = (name: string) => string | undefined;

export interface Conversion {
  readonly blocks: readonly Block[];
  readonly diagnostics: ConversionDiagnostics;
}
