/** Every case of the suite. */
import type { BothSidesCase } from './case.ts';
import { droppingCases } from './cases/dropping-stages.ts';
import { labelCases } from './cases/label-stages.ts';
import { lineCases } from './cases/line-stages.ts';
import { otlpCases } from './cases/otlp.ts';
import { parsingCases } from './cases/parsing-stages.ts';
import { profileCases } from './cases/profiles.ts';
import { relabelCases } from './cases/relabel.ts';
import { writerCases } from './cases/writers.ts';

export const cases: readonly BothSidesCase[] = [
  ...parsingCases,
  ...labelCases,
  ...lineCases,
  ...droppingCases,
  ...relabelCases,
  ...writerCases,
  ...profileCases,
  ...otlpCases,
];
