/** A token that was just made, with what to do with it: the only time that it is on a screen. */
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { visibleText } from '../../format/visible.ts';

interface ShownOnceProps {
  readonly title: string;
  readonly token: string;
  /** How it is used: a line to copy, with what it does. */
  readonly uses: readonly { readonly what: string; readonly line: string }[];
  readonly note?: string;
  onDone(): void;
}

export function ShownOnce({ title, token, uses, note, onDone }: ShownOnceProps) {
  const panel = useRef<HTMLElement>(null);
  const id = useId();
  useEffect(() => {
    panel.current?.focus();
    panel.current?.scrollIntoView({ block: 'nearest' });
  }, [token]);
  return (
    <section ref={panel} class="card shown-once" tabIndex={-1} aria-labelledby={id}>
      <h2 id={id}>{visibleText(title)}</h2>
      <p>
        <strong>Copy it now: it is not shown again.</strong> {note}
      </p>
      <Copied label="Token" text={token} name="token" />
      {uses.map(({ what, line }) => (
        <Copied key={what} label={what} text={line} name="use" />
      ))}
      <div class="actions">
        <button type="button" class="primary" onClick={onDone}>
          I have it
        </button>
      </div>
    </section>
  );
}

function Copied({ label, text, name }: { label: string; text: string; name: string }) {
  const input = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState('');
  const id = useId();

  async function copy(): Promise<void> {
    setCopied((await copyText(text, input.current)) ? 'Copied' : 'Press Ctrl+C');
    setTimeout(() => setCopied(''), 4_000);
  }

  return (
    <div class="copied">
      <label for={id}>{label}</label>
      <span class="copied-line">
        <input
          ref={input}
          id={id}
          type="text"
          readonly
          value={text}
          data-shown={name}
          onFocus={(event) => event.currentTarget.select()}
        />
        <button type="button" class="quiet" aria-label={`Copy: ${label}`} onClick={copy}>
          {copied || 'Copy'}
        </button>
      </span>
      <span class="unseen" role="status">
        {copied}
      </span>
    </div>
  );
}

/** Without https a page has no clipboard: then the text is selected. */
async function copyText(text: string, input: HTMLInputElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    input?.select();
    return document.execCommand('copy');
  }
}
