/** Label names in the arguments of stages: Loki takes no others, so a mistake is found when the configuration is loaded. */
import { ArgumentError } from '../../alloy/component.ts';
import { isLabelName } from '../../labels/names.ts';
import { joinPath } from '../unsupported.ts';
import type { StageContext } from './stage.ts';

export function checkLabelName(name: string, argument: string, context: Pick<StageContext, 'path'>): void {
  if (isLabelName(name)) return;
  throw new ArgumentError(joinPath(context.path, argument), `${JSON.stringify(name)} is not a valid label name`);
}
