/** The part of a long list that is looked for. A short list has no field, and of a long one the first rows come first. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { formatExact } from '../../format/numbers.ts';
import { type Shown, shownOf } from './found.ts';

const FIELD_FROM = 12;

interface FilterProps<T> {
  readonly all: readonly T[];
  /** “Find a token” */
  readonly label: string;
  readonly placeholder: string;
  textOf(item: T): string;
  children(shown: readonly T[]): ComponentChildren;
}

export function Filter<T>({ all, label, placeholder, textOf, children }: FilterProps<T>) {
  const [wanted, setWanted] = useState('');
  const [showsAll, setShowsAll] = useState(false);
  const { found, items }: Shown<T> = shownOf(all, wanted, showsAll, textOf);
  return (
    <>
      {all.length >= FIELD_FROM && (
        <div class="filter">
          <input
            type="search"
            aria-label={label}
            placeholder={placeholder}
            autocomplete="off"
            spellcheck={false}
            value={wanted}
            onInput={(event) => setWanted(event.currentTarget.value)}
          />
          <span class="muted small" role="status">
            {found === all.length ? formatExact(all.length) : `${formatExact(found)} of ${formatExact(all.length)}`}
          </span>
        </div>
      )}
      {found === 0 && all.length > 0 ? <p class="empty">None of them is like that.</p> : children(items)}
      {items.length < found && (
        <button type="button" class="quiet below" onClick={() => setShowsAll(true)}>
          Show all {formatExact(found)}
        </button>
      )}
    </>
  );
}
