/** A dry run in words. Pure. */
import { plural } from '../../format/numbers.ts';
import type { DestinationChangeView, DryRunView } from '../admin/types.ts';
import { countItems, SIGNAL_NAMES, type State } from '../state.ts';

/** What was looked at, and what was not. */
export function sampleText({ sample, currentVersion }: DryRunView): string {
  const { seconds, pushes, cutPushes, isFull, leftOut, items } = sample;
  const looked = SIGNAL_NAMES.filter((name) => (items[name] ?? 0) > 0).map((name) =>
    countItems(name, items[name] ?? 0),
  );
  if (looked.length === 0)
    return `Nothing arrived in ${seconds} s, so nothing can be compared. Try again while something pushes.`;
  const parts = [`${looked.join(', ')} in ${plural(pushes, 'push', 'pushes')} of ${seconds} s were looked at.`];
  if (currentVersion === null) parts.push('There is no pipeline yet to compare with.');
  if (isFull) parts.push('More arrived, and this was enough.');
  if (cutPushes > 0) parts.push(`Of ${plural(cutPushes, 'large push', 'large pushes')} only the beginning.`);
  if (leftOut > 0) parts.push(`${plural(leftOut, 'item')} were too many to compare.`);
  return parts.join(' ');
}

/** What would be different at a destination; what would be missing there is the thing to look at. */
export function changeOf({ signal, changed, gone, added }: DestinationChangeView): State {
  const parts = [
    gone > 0 ? `${countItems(signal, gone)} gone` : '',
    changed > 0 ? `${countItems(signal, changed)} changed` : '',
    added > 0 ? `${countItems(signal, added)} new` : '',
  ].filter((part) => part !== '');
  if (parts.length === 0) return { level: 'ok', text: 'the same' };
  return { level: gone > 0 ? 'trouble' : 'attention', text: parts.join(', ') };
}
