/** What would change, before it does: limit by limit, from what to what. */
import { plural } from '../../format/numbers.ts';
import { visibleText } from '../../format/visible.ts';
import { HttpError } from '../../parts/http.ts';
import { useAccess } from '../access.ts';
import { type Act, FormEnd, MistypedError } from '../admin/act.tsx';
import type { LimitsView } from '../admin/types.ts';
import { Modal } from '../modal.tsx';
import { type LimitChange, type NamedLimit, valueText, withChanges } from './limit-values.ts';

interface SaveLimitsProps {
  readonly tenant: string;
  readonly path: string;
  readonly current: LimitsView;
  readonly changes: readonly LimitChange[];
  /** Of the page: what the gateway refuses is shown at its fields too. */
  readonly act: Act;
  onSaved(saved: LimitsView): void;
  /** Somebody else has set limits since `current`. */
  onOutdated(): Promise<void>;
  onClose(): void;
}

export function SaveLimits({ tenant, path, current, changes, act, onSaved, onOutdated, onClose }: SaveLimitsProps) {
  const { api } = useAccess();

  async function save(): Promise<void> {
    const json = withChanges(current.limits, changes);
    try {
      onSaved(await api.send<LimitsView>('PUT', path, { json, ifVersion: current.version }));
    } catch (error) {
      if (!(error instanceof HttpError) || error.status !== 412) throw error;
      await onOutdated();
      throw new MistypedError(
        'Nothing was saved: somebody else has just set limits of this tenant. The list above is now against theirs; what they set and you did not touch stays.',
      );
    }
  }

  return (
    <Modal
      title={`Change ${plural(changes.length, 'limit')} of ${tenant}?`}
      onClose={onClose}
      onSubmit={() => act.run(save)}
    >
      {(close) => (
        <>
          <ul class="rows limit-changes">
            {changes.map(({ limit, before, after }) => (
              <li key={limit.path} data-change={limit.path}>
                <code class="cell-title">{limit.path}</code>
                <span>
                  {told(limit, before)} <span aria-hidden="true">→</span>
                  <span class="unseen">becomes</span> <strong>{told(limit, after)}</strong>
                </span>
              </li>
            ))}
          </ul>
          <p class="muted small below">In force everywhere within 5 s. All other limits stay as they are.</p>
          <FormEnd act={act} action="Save" disabled={changes.length === 0} onCancel={close} />
        </>
      )}
    </Modal>
  );
}

function told(limit: NamedLimit, value: LimitChange['before']): string {
  return value === undefined ? `${valueText(limit.default, limit)} (default)` : visibleText(valueText(value, limit));
}
