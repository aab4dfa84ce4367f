/** Which components and stages have too few cases. */
import { sharedComponents } from '../registry.ts';
import { stageDefinitions } from '../stages/registry.ts';
import { unsupportedStages } from '../stages/unsupported-stages.ts';
import { cases } from './cases.ts';

const CASES_EACH = 3;

/** `loki.process` is what its stages are. */
export function uncovered(): string[] {
  const notRunning = new Set(unsupportedStages.map(({ name }) => name));
  const components = sharedComponents.map(({ name }) => name).filter((name) => name !== 'loki.process');
  const stages = [...stageDefinitions().keys()].filter((name) => !notRunning.has(name));
  return [...components, ...stages].filter((name) => cases.filter(({ of }) => of === name).length < CASES_EACH);
}
