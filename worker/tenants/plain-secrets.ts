/** Warnings for passwords that stand in a pipeline as they are. They are taken: the text is sealed, but it goes round. */
import type { ConfigSource } from '../../core/alloy/configuration.ts';
import type { Diagnostic } from '../../core/alloy/diagnostics.ts';
import { lintConfig } from '../../core/lint/lint.ts';
import { sharedRegistry } from '../../core/pipeline/registry.ts';

const HINT = 'keep it apart, spillway secret set NAME, and read it with secret("NAME")';

export function plainSecrets(source: ConfigSource): Diagnostic[] {
  return lintConfig([source], sharedRegistry, 'edge')
    .filter(({ rule }) => rule === 'plain_secret')
    .map((diagnostic) => ({ ...diagnostic, hint: HINT }));
}
