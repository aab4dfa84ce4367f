/** The executable of the agent for this machine, as `npm run build:agent` makes it. */
import { join } from 'node:path';
import { ensureExecutable } from '../../scripts/agent-executable/executable.ts';
import { isTarget, TARGETS } from '../../scripts/agent-executable/runtimes.ts';

const ROOT = join(import.meta.dirname, '../..');

export const PLATFORM = `${process.platform}-${process.arch}`;
export const HAS_EXECUTABLE = isTarget(PLATFORM);

/** Of the bundle that was built before; its path. */
export function agentExecutable(progress: (text: string) => void = () => undefined): Promise<string> {
  if (!isTarget(PLATFORM)) throw new Error(`there is no executable for ${PLATFORM}; there are ${TARGETS.join(', ')}`);
  return ensureExecutable(PLATFORM, join(ROOT, 'dist/agent-lite.cjs'), join(ROOT, '.cache/agent-executable'), progress);
}
