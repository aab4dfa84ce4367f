/** A list with a search above it. */
import type { ComponentChildren } from 'preact';
import { formatExact } from '../format/numbers.ts';

interface PanelProps {
  readonly title: string;
  readonly id: string;
  readonly search: string;
  readonly placeholder: string;
  readonly held: number;
  readonly matched: number;
  readonly shown: number;
  readonly emptyText: string;
  onSearch(search: string): void;
  onMore?: (() => void) | undefined;
  readonly children: ComponentChildren;
}

export function Panel(props: PanelProps) {
  const { id, title, search, held, matched, shown } = props;
  return (
    <section class="card panel" id={id} aria-label={title}>
      <div class="panel-head">
        <h2>{title}</h2>
        <span class="muted small panel-count" aria-live="polite">
          {search === '' ? `${formatExact(held)} in memory` : `${formatExact(matched)} of ${formatExact(held)} match`}
        </span>
        <input
          type="search"
          aria-label={`Search ${title.toLowerCase()}`}
          placeholder={props.placeholder}
          spellcheck={false}
          value={search}
          onInput={(event) => props.onSearch(event.currentTarget.value)}
        />
      </div>
      {held === 0 && <p class="empty">{props.emptyText}</p>}
      {held > 0 && matched === 0 && <p class="empty">Nothing in memory matches “{search}”.</p>}
      {props.children}
      {shown < matched && props.onMore && (
        <button type="button" class="quiet more" onClick={props.onMore}>
          Show more ({formatExact(matched - shown)} left)
        </button>
      )}
    </section>
  );
}
