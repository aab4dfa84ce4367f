/** A text area with line numbers, colours, and marks on the lines that something is wrong with. */
import type { RefObject } from 'preact';
import { useRef } from 'preact/hooks';
import type { DiagnosticView } from '../admin/types.ts';
import { useCodeLines } from './code.tsx';

interface TextAreaProps {
  readonly area: RefObject<HTMLTextAreaElement | null>;
  readonly text: string;
  readonly diagnostics: readonly DiagnosticView[];
  readonly describedBy: string;
  onText(text: string): void;
}

const MIN_ROWS = 14;
const MAX_ROWS = 34;

/** What is seen is a copy behind the area, line for line the same; the area's own letters are transparent. */
export function TextArea({ area, text, diagnostics, describedBy, onText }: TextAreaProps) {
  const copy = useRef<HTMLDivElement>(null);
  const lines = useCodeLines(text);
  const marks = new Map<number, string>();
  for (const { line, severity } of diagnostics) if (marks.get(line) !== 'error') marks.set(line, severity);
  const hasErrors = diagnostics.some(({ severity }) => severity === 'error');
  return (
    <div class="editor" data-lines={lines.length}>
      <div ref={copy} class="editor-copy" aria-hidden="true">
        <ol class="code-lines">
          {lines.map((line, index) => (
            <li key={index} class={marks.has(index + 1) ? `marked marked-${marks.get(index + 1)}` : ''}>
              <code>
                {line.map(({ kind, text: word }, at) => (
                  <span key={at} class={`code-${kind}`}>
                    {word}
                  </span>
                ))}
                {line.length === 0 && '\u200b'}
              </code>
            </li>
          ))}
        </ol>
      </div>
      <textarea
        ref={area}
        class="editor-area"
        aria-label="The text of the pipeline"
        aria-describedby={describedBy}
        aria-invalid={hasErrors}
        rows={Math.min(MAX_ROWS, Math.max(MIN_ROWS, lines.length + 1))}
        wrap="off"
        spellcheck={false}
        autocomplete="off"
        autocapitalize="off"
        value={text}
        onInput={(event) => onText(event.currentTarget.value)}
        onScroll={({ currentTarget: { scrollTop, scrollLeft } }) => copy.current?.scrollTo(scrollLeft, scrollTop)}
      />
    </div>
  );
}

/** Puts the cursor where a mistake is. */
export function goTo(area: HTMLTextAreaElement | null, text: string, { line, column }: DiagnosticView): void {
  if (!area) return;
  const lines = text.split('\n');
  const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  const at = start + Math.max(0, column - 1);
  area.focus();
  area.setSelectionRange(at, start + (lines[line - 1]?.length ?? 0));
  const lineHeight = area.scrollHeight / Math.max(1, lines.length);
  area.scrollTop = Math.max(0, (line - 6) * lineHeight);
}
