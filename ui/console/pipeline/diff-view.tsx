/** Two versions of a text, one beside the other line by line: what went and what came. */
import { useMemo } from 'preact/hooks';
import { plural } from '../../format/numbers.ts';
import { visibleText } from '../../format/visible.ts';
import { countChanges, diffHunks, type Hunk } from './diff.ts';

interface DiffViewProps {
  readonly before: string;
  readonly after: string;
  readonly beforeName: string;
  readonly afterName: string;
}

export function DiffView({ before, after, beforeName, afterName }: DiffViewProps) {
  const hunks = useMemo(() => diffHunks(before, after), [before, after]);
  const { added, removed } = useMemo(() => countChanges(hunks), [hunks]);
  return (
    <>
      <p class="muted small diff-summary">
        {hunks.length === 0
          ? `${beforeName} and ${afterName} have the same text.`
          : `From ${beforeName} to ${afterName}: ${plural(added, 'line')} added, ${plural(removed, 'line')} removed.`}
      </p>
      {hunks.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard
        <section class="code" aria-label={`Changes from ${beforeName} to ${afterName}`} tabIndex={0}>
          <table class="diff">
            <tbody>
              {hunks.map((hunk, index) => (
                <HunkRows key={index} hunk={hunk} />
              ))}
            </tbody>
          </table>
        </section>
      )}
    </>
  );
}

const SIGNS = { same: ' ', removed: '−', added: '+' } as const;

function HunkRows({ hunk }: { hunk: Hunk }) {
  return (
    <>
      <tr class="diff-hunk">
        <td colSpan={4}>{`@@ −${rangeOf(hunk, 'before')} +${rangeOf(hunk, 'after')} @@`}</td>
      </tr>
      {hunk.map(({ kind, text, before, after }) => (
        <tr key={`${before} ${after}`} class={`diff-${kind}`}>
          <td class="diff-number">{before}</td>
          <td class="diff-number">{after}</td>
          <td class="diff-sign">{SIGNS[kind]}</td>
          <td>
            <code>{visibleText(text)}</code>
          </td>
        </tr>
      ))}
    </>
  );
}

function rangeOf(hunk: Hunk, side: 'before' | 'after'): string {
  const numbers = hunk.flatMap((line) => line[side] ?? []);
  return `${numbers[0] ?? 0},${numbers.length}`;
}
