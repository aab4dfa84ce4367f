/** The form of a new operator. */
import { useState } from 'preact/hooks';
import { useAccess } from '../access.ts';
import { Modal } from '../modal.tsx';
import { FormEnd, useAct } from './act.tsx';
import { expiryOf, Lifetime, TextField } from './field.tsx';
import type { NewOperatorView } from './operators.tsx';
import type { OperatorView } from './types.ts';

type Role = OperatorView['role'];

export const ROLES: Readonly<Record<Role, string>> = {
  admin: 'may do everything',
  viewer: 'sees everything but secrets, changes nothing',
  metrics: 'for a Prometheus: reads /admin/v1/metrics',
};

interface NewOperatorProps {
  readonly nowMs: number;
  onMade(operator: NewOperatorView): void;
  onClose(): void;
}

export function NewOperator({ nowMs, onMade, onClose }: NewOperatorProps) {
  const { api } = useAccess();
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [days, setDays] = useState(0);
  const act = useAct();

  async function create(): Promise<void> {
    const json = { name, role, expiresAtMs: expiryOf(days, nowMs) };
    onMade(await api.send<NewOperatorView>('POST', '/operators', { json }));
  }

  return (
    <Modal title="New operator" onClose={onClose} onSubmit={() => act.run(create)}>
      {(close) => (
        <>
          <TextField
            label="Name"
            help="The audit log shows it."
            required
            maxLength={100}
            value={name}
            onText={setName}
          />
          <fieldset class="field">
            <legend>Role</legend>
            {Object.entries(ROLES).map(([one, meaning]) => (
              <label key={one} class="tick">
                <input type="radio" name="role" checked={one === role} onChange={() => setRole(one as Role)} />
                <span>
                  <code>{one}</code> <span class="muted">{meaning}</span>
                </span>
              </label>
            ))}
          </fieldset>
          <Lifetime days={days} onDays={setDays} />
          <FormEnd act={act} action="Create operator" onCancel={close} />
        </>
      )}
    </Modal>
  );
}

/** What one does with a token of this role. */
export function operatorUses({ role, token }: NewOperatorView, origin: string) {
  return role === 'metrics'
    ? [{ what: `Header for scraping ${origin}/admin/v1/metrics`, line: `Authorization: Bearer ${token}` }]
    : [{ what: 'This console, for whoever gets it', line: `${origin}/#token=${token}` }];
}
