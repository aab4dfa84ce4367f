/** Who administers the gateway beside the holder of ADMIN_TOKEN. */
import { useState } from 'preact/hooks';
import { plural } from '../../format/numbers.ts';
import { visibleText } from '../../format/visible.ts';
import { usePoll } from '../../parts/poll.ts';
import { useAccess } from '../access.ts';
import { Confirm } from '../confirm.tsx';
import { Loaded } from './loaded.tsx';
import { NewOperator, operatorUses, ROLES } from './new-operator.tsx';
import { ShownOnce } from './shown-once.tsx';
import { ActionsHead, EndedToggle, LifeCells } from './table-parts.tsx';
import { isEnded } from './token-state.ts';
import type { OperatorView } from './types.ts';

const POLL_MS = 15_000;

export type NewOperatorView = OperatorView & { readonly token: string };

export function Operators({ nowMs }: { nowMs: number }) {
  const { api, mayChange } = useAccess();
  const [creating, setCreating] = useState(false);
  const [revoking, setRevoking] = useState<OperatorView>();
  const [made, setMade] = useState<NewOperatorView>();
  const [showsEnded, setShowsEnded] = useState(false);
  const polled = usePoll('operators', POLL_MS, false, (signal) =>
    api.get<{ readonly operators: readonly OperatorView[] }>('/operators', signal),
  );
  return (
    <>
      {made && (
        <ShownOnce
          key={made.id}
          title={`The token of ${made.name}`}
          token={made.token}
          uses={operatorUses(made, location.origin)}
          onDone={() => setMade(undefined)}
        />
      )}
      <section class="card" aria-labelledby="operators-title">
        <div class="card-head">
          <h2 id="operators-title">Operators</h2>
          {mayChange && (
            <button type="button" class="primary small-button" onClick={() => setCreating(true)}>
              New operator…
            </button>
          )}
        </div>
        <Loaded polled={polled}>
          {({ operators }) => {
            const ended = operators.filter((operator) => isEnded(operator, nowMs));
            const shown = operators.filter((operator) => showsEnded || !ended.includes(operator));
            return (
              <>
                {shown.length === 0 ? (
                  <p class="empty">
                    None: only the holder of ADMIN_TOKEN gets in. Give everybody a token of their own: then the audit
                    log says who did what, and one who leaves takes nothing along.
                  </p>
                ) : (
                  <table class="table">
                    <thead>
                      <tr>
                        <th scope="col">Operator</th>
                        <th scope="col">Role</th>
                        <th scope="col">Created</th>
                        <th scope="col">State</th>
                        {mayChange && <ActionsHead />}
                      </tr>
                    </thead>
                    <tbody>
                      {shown.map((operator) => (
                        <OperatorRow
                          key={operator.id}
                          operator={operator}
                          nowMs={nowMs}
                          onRevoke={mayChange ? setRevoking : undefined}
                        />
                      ))}
                    </tbody>
                  </table>
                )}
                {ended.length > 0 && (
                  <EndedToggle
                    what={`${plural(ended.length, 'operator')} whose token ended`}
                    shows={showsEnded}
                    onToggle={() => setShowsEnded(!showsEnded)}
                  />
                )}
              </>
            );
          }}
        </Loaded>
      </section>
      {creating && (
        <NewOperator
          nowMs={nowMs}
          onMade={(operator) => {
            setMade(operator);
            polled.refresh();
          }}
          onClose={() => setCreating(false)}
        />
      )}
      {revoking && (
        <Confirm
          title="Revoke this operator?"
          action="Revoke"
          oath={
            <>
              Yes, revoke <bdi>{visibleText(revoking.name)}</bdi>
            </>
          }
          onConfirm={async () => {
            await api.send('DELETE', `/operators/${encodeURIComponent(revoking.id)}`);
            polled.refresh();
          }}
          onClose={() => setRevoking(undefined)}
        >
          <p>
            The token of <strong>{visibleText(revoking.name)}</strong> is refused everywhere within 60 s, for good. What
            it did stays in the audit log.
          </p>
        </Confirm>
      )}
    </>
  );
}

interface OperatorRowProps {
  readonly operator: OperatorView;
  readonly nowMs: number;
  readonly onRevoke: ((operator: OperatorView) => void) | undefined;
}

function OperatorRow({ operator, nowMs, onRevoke }: OperatorRowProps) {
  const { id, name, role } = operator;
  const ended = isEnded(operator, nowMs);
  return (
    <tr data-operator={id} class={ended ? 'row-ended' : ''}>
      <td>
        <bdi class="cell-title">{visibleText(name)}</bdi>
        <code class="cell-more">{id}</code>
      </td>
      <td data-label="Role">
        <span class={role === 'admin' ? 'chip chip-strong' : 'chip'}>{role}</span>{' '}
        <span class="muted small">{ROLES[role]}</span>
      </td>
      <LifeCells of={operator} nowMs={nowMs} />
      {onRevoke && (
        <td class="cell-actions">
          {!ended && (
            <button
              type="button"
              class="quiet danger-quiet"
              aria-label={`Revoke ${name}`}
              onClick={() => onRevoke(operator)}
            >
              Revoke…
            </button>
          )}
        </td>
      )}
    </tr>
  );
}
