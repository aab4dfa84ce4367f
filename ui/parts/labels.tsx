/** Label pairs as text. Every value is hostile: isolated in direction, cut when long, never markup. */
import { visibleText } from '../format/visible.ts';

const MAX_SHOWN = 160;

export function Labels({ labels }: { labels: readonly (readonly [name: string, value: string])[] }) {
  return (
    <span class="labels">
      {labels.map(([name, value]) => (
        <span class="label" key={name} title={value.length > MAX_SHOWN ? value : undefined}>
          <bdi class="label-name">{visibleText(name)}</bdi>
          <bdi class="label-value">{shorten(value)}</bdi>
        </span>
      ))}
    </span>
  );
}

function shorten(value: string): string {
  return visibleText(value.length > MAX_SHOWN ? `${value.slice(0, MAX_SHOWN)}…` : value);
}
