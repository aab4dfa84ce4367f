/** What `convert` knows of this agent: the declarations of its components, and the environment. */
import type { BodySchema } from '../../core/alloy/schema.ts';
import { hostRegistry } from '../components/registry.ts';
import { hostBlocks } from '../runtime/logging-block.ts';
import type { ConvertSettings } from './convert.ts';

export function hostConvertSettings(): ConvertSettings {
  const blocks = hostBlocks({ level: 'info', format: 'logfmt' });
  const schemas = new Map<string, { readonly schema: BodySchema }>([...hostRegistry, ...blocks]);
  return { schemas, environment: (name) => process.env[name] };
}
