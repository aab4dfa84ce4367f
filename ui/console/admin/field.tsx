/** A labelled control of a form, with its help where a screen reader finds it. */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { DAY_MS } from '../../format/time.ts';
import { MistypedError } from './act.tsx';
import { type Pairs, readPairs } from './pairs.ts';

interface FieldProps {
  readonly label: string;
  readonly help?: ComponentChildren;
  children(attributes: { readonly id: string; readonly 'aria-describedby'?: string }): ComponentChildren;
}

export function Field({ label, help, children }: FieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children(help === undefined ? { id } : { id, 'aria-describedby': `${id}-help` })}
      {help !== undefined && (
        <p id={`${id}-help`} class="muted small">
          {help}
        </p>
      )}
    </div>
  );
}

interface TextFieldProps {
  readonly label: string;
  readonly help?: ComponentChildren;
  readonly required?: boolean;
  readonly maxLength?: number;
  readonly spellcheck?: boolean;
  readonly value: string;
  onText(text: string): void;
}

/** A field of one line. */
export function TextField({ label, help, value, onText, ...input }: TextFieldProps) {
  return (
    <Field label={label} help={help}>
      {(attributes) => (
        <input
          type="text"
          autocomplete="off"
          {...attributes}
          {...input}
          value={value}
          onInput={(event) => onText(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

const LIFETIMES_DAYS = [
  [0, 'never'],
  [1, 'in a day'],
  [7, 'in 7 days'],
  [30, 'in 30 days'],
  [90, 'in 90 days'],
  [365, 'in a year'],
] as const;

/** In place of days: what exists ends when it would have ended. */
export const AS_IT_IS = -1;

interface LifetimeProps {
  readonly days: number;
  /** Of what exists: when it ends. */
  readonly endsNow?: string;
  onDays(days: number): void;
}

/** When a token ends; in days from now, 0: never. */
export function Lifetime({ days, endsNow, onDays }: LifetimeProps) {
  return (
    <Field label="Expires">
      {(attributes) => (
        <select {...attributes} value={days} onChange={(event) => onDays(Number(event.currentTarget.value))}>
          {endsNow !== undefined && <option value={AS_IT_IS}>as it is: {endsNow}</option>}
          {LIFETIMES_DAYS.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export function expiryOf(days: number, nowMs: number): number | null {
  return days === 0 ? null : Math.round(nowMs + days * DAY_MS);
}

/** Throws MistypedError, which names the field. */
export function pairsOf(field: string, text: string): Pairs {
  const read = readPairs(text);
  if ('problem' in read) throw new MistypedError(`${field}, ${read.problem}`);
  return read.pairs;
}
