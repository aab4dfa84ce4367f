/** A pipeline's text with line numbers and colours, to be read. Line numbers are not part of what is copied. */
import { useMemo } from 'preact/hooks';
import { visibleText } from '../../format/visible.ts';
import { type Token, tokenLines } from './alloy-tokens.ts';

/** Longer texts are shown without colours: each word is an element. */
const MAX_COLOURED = 200_000;

export function Code({ text, label }: { text: string; label: string }) {
  const lines = useCodeLines(text);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard
    <section class="code" aria-label={label} tabIndex={0}>
      <ol class="code-lines">
        {lines.map((line, index) => (
          <li key={index}>
            <CodeLine tokens={line} />
          </li>
        ))}
      </ol>
    </section>
  );
}

export function useCodeLines(text: string): readonly (readonly Token[])[] {
  return useMemo(
    () =>
      text.length > MAX_COLOURED
        ? text.split('\n').map((line) => [{ kind: 'plain', text: line }] as const)
        : tokenLines(text),
    [text],
  );
}

export function CodeLine({ tokens }: { tokens: readonly Token[] }) {
  return (
    <code>
      {tokens.map(({ kind, text }, index) =>
        kind === 'plain' ? (
          visibleText(text)
        ) : (
          <span key={index} class={`code-${kind}`}>
            {visibleText(text)}
          </span>
        ),
      )}
      {tokens.length === 0 && '\n'}
    </code>
  );
}
