/** What the tables of administration share. */
import { formatAgo, formatDateTime } from '../../format/time.ts';
import { StateMark } from '../../parts/state-mark.tsx';
import { lifetimeState } from './token-state.ts';
import type { TokenView } from './types.ts';

/** Of the column with the buttons: seen by those who hear the table. */
export function ActionsHead() {
  return (
    <th scope="col">
      <span class="unseen">Actions</span>
    </th>
  );
}

interface EndedToggleProps {
  /** “3 tokens that ended”. */
  readonly what: string;
  readonly shows: boolean;
  onToggle(): void;
}

/** Below a table: rows that are over are out of the way until somebody wants them. */
export function EndedToggle({ what, shows, onToggle }: EndedToggleProps) {
  return (
    <button type="button" class="quiet below" aria-expanded={shows} onClick={onToggle}>
      {shows ? 'Hide' : 'Show'} {what}
    </button>
  );
}

interface LifeCellsProps {
  readonly of: Pick<TokenView, 'createdAtMs' | 'expiresAtMs' | 'revokedAtMs'> & Partial<Pick<TokenView, 'replacedBy'>>;
  readonly nowMs: number;
}

/** Of a token, or of an operator's: when it was made, and whether it is good. */
export function LifeCells({ of, nowMs }: LifeCellsProps) {
  const { createdAtMs, expiresAtMs } = of;
  const { level, text } = lifetimeState(of, nowMs);
  return (
    <>
      <td data-label="Created" class="cell-short" title={formatDateTime(createdAtMs)}>
        {formatAgo(createdAtMs, nowMs)}
      </td>
      <td data-label="State" title={expiresAtMs === null ? '' : formatDateTime(expiresAtMs)}>
        <StateMark level={level} text={text} />
      </td>
    </>
  );
}
