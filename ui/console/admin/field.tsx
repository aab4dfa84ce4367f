/** A labelled control of a form, with its help where a screen reader finds it. */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

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

export const DAY_MS = 86_400_000;

const LIFETIMES_DAYS = [
  [0, 'never'],
  [1, 'in a day'],
  [7, 'in 7 days'],
  [30, 'in 30 days'],
  [90, 'in 90 days'],
  [365, 'in a year'],
] as const;

/** When a token ends; in days, 0: never. */
export function Lifetime({ days, onDays }: { days: number; onDays(days: number): void }) {
  return (
    <Field label="Expires">
      {(attributes) => (
        <select {...attributes} value={days} onChange={(event) => onDays(Number(event.currentTarget.value))}>
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
