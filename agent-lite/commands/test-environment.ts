/** The agent as `test` sees it: its components, its blocks, and constants that do not depend on the machine. */
import type { SimulatedConfig } from '../../core/simulate/pipeline.ts';
import { VERSION } from '../../core/version.ts';
import { hostRegistry } from '../components/registry.ts';
import { hostBlocks } from '../runtime/logging-block.ts';
import type { TestEnvironment } from './test.ts';

export function hostTestEnvironment(isTerminal: boolean): TestEnvironment {
  return {
    isTerminal: isTerminal && !process.env.NO_COLOR,
    nowMs: () => Date.now(),
    host: {
      // The simulation calls none of their factories: stand-ins take their place.
      registry: hostRegistry as unknown as SimulatedConfig['registry'],
      blocks: hostBlocks({ level: 'info', format: 'logfmt' }),
      constants: { hostname: 'localhost', os: 'linux', arch: 'amd64', version: VERSION },
    },
  };
}
