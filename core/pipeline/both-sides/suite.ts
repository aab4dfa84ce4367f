/** Declares the tests of the suite; each runtime calls it from a test file of its own. */
import { describe, expect, it } from 'vitest';
import type { Side } from '../../alloy/component.ts';
import { sharedComponents } from '../registry.ts';
import { stageDefinitions } from '../stages/registry.ts';
import { unsupportedStages } from '../stages/unsupported-stages.ts';
import { cases } from './cases.ts';
import { runCase } from './run-case.ts';

const CASES_EACH = 3;

export function bothSidesSuite(side: Side): void {
  for (const of of new Set(cases.map((each) => each.of))) {
    const some = cases.filter((each) => each.of === of);
    describe(of, () => {
      it.each(some.map((each) => [each.says, each] as const))('%s', async (_says, one) => {
        expect(await runCase(one, one.edgeOnly === true ? 'edge' : side)).toEqual(one.expected);
      });
    });
  }

  it('has three cases at least of every component and stage that runs', () => {
    const unsupported = new Set(unsupportedStages.map(({ name }) => name));
    const names = [
      ...sharedComponents.map(({ name }) => name).filter((name) => name !== 'loki.process'),
      ...[...stageDefinitions().keys()].filter((name) => !unsupported.has(name)),
    ];
    const counts = names.map((name) => [name, cases.filter(({ of }) => of === name).length] as const);
    expect(counts.filter(([, count]) => count < CASES_EACH)).toEqual([]);
  });
}
