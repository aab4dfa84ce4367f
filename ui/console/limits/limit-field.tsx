/** One limit: its name, what happens beyond it, a field for its value and the way back to the default. */
import { useId, useRef } from 'preact/hooks';
import { type NamedLimit, valueText } from './limit-values.ts';

interface LimitFieldProps {
  readonly limit: NamedLimit;
  readonly text: string;
  /** It was typed and is not saved. */
  readonly isChanged: boolean;
  /** Of the gateway, which refused the value. */
  readonly problem: string | undefined;
  /** What holds where the field is empty. */
  readonly standard: Standard;
  /** Limits of several signals stand in one list. */
  readonly withGroup?: boolean;
  onText(text: string): void;
}

export interface Standard {
  readonly text: string;
  /** Beside an empty field, which shows `text`. */
  readonly absent: string;
  /** “default 10,000” */
  readonly sentence: string;
  /** Of the button that empties the field. */
  readonly back: string;
}

export function LimitField({ limit, text, isChanged, problem, standard, withGroup = false, onText }: LimitFieldProps) {
  const id = useId();
  const { group, name, path, kind, effect } = limit;
  const field = useRef<HTMLInputElement & HTMLSelectElement>(null);

  function back(): void {
    onText('');
    // The button goes away under the finger; the focus must not go with it.
    field.current?.focus();
  }

  const control = {
    ref: field,
    id,
    value: text,
    'aria-describedby': `${id}-effect ${id}-default ${id}-problem`,
    'aria-invalid': problem !== undefined,
  };
  return (
    <div class={`limit ${text === '' ? '' : 'limit-set'} ${isChanged ? 'limit-changed' : ''}`} data-limit={path}>
      <div class="limit-what">
        <label for={id} class="limit-name">
          <span class={withGroup ? 'muted' : 'unseen'}>{group}.</span>
          {name}
        </label>
        <Effect id={`${id}-effect`} text={effect} />
      </div>
      <div class="limit-value">
        {kind === 'boolean' ? (
          <select {...control} onChange={(event) => onText(event.currentTarget.value)}>
            <option value="">default: {standard.text}</option>
            <option value="true">on</option>
            <option value="false">off</option>
          </select>
        ) : (
          <input
            {...control}
            type="text"
            inputMode={kind === 'number' ? 'decimal' : kind === 'integer' ? 'numeric' : 'text'}
            autocomplete="off"
            spellcheck={false}
            maxLength={200}
            placeholder={standard.text}
            onInput={(event) => onText(event.currentTarget.value)}
          />
        )}
        <p id={`${id}-problem`} class="problem small" role="alert">
          {problem}
        </p>
      </div>
      <div class="limit-default small muted">
        <span id={`${id}-default`}>{text === '' ? standard.absent : standard.sentence}</span>
        {text !== '' && (
          <button type="button" class="quiet" aria-label={`${standard.back}: ${path}`} onClick={back}>
            {standard.back}
          </button>
        )}
      </div>
    </div>
  );
}

export function standardOf(limit: NamedLimit): Standard {
  const text = valueText(limit.default, limit);
  return { text, absent: 'the default', sentence: `default ${text}`, back: 'Back to default' };
}

/** The same for who may only look. */
export function LimitRow({ limit, value }: { limit: NamedLimit; value: LimitShown }) {
  return (
    <div class={`limit ${value.isSet ? 'limit-set' : ''}`} data-limit={limit.path}>
      <div class="limit-what">
        <p class="limit-name">{limit.name}</p>
        <Effect text={limit.effect} />
      </div>
      <p class="limit-value">{value.text}</p>
      <p class="limit-default small muted">{value.isSet ? standardOf(limit).sentence : standardOf(limit).absent}</p>
    </div>
  );
}

export interface LimitShown {
  readonly text: string;
  readonly isSet: boolean;
}

/** What is between backticks is a name. */
function Effect({ id, text }: { id?: string; text: string }) {
  return (
    <p class="small muted" {...(id !== undefined && { id })}>
      {text.split('`').map((part, i) => (i % 2 === 1 ? <code key={part}>{part}</code> : part))}
    </p>
  );
}
