/** The form of a new tenant. */
import { useState } from 'preact/hooks';
import { useAccess } from '../access.ts';
import { Modal } from '../modal.tsx';
import { placeHref } from '../place.ts';
import { Problem, useAct } from './act.tsx';
import { Field } from './field.tsx';

export function NewTenant({ onCreated, onClose }: { onCreated(): void; onClose(): void }) {
  const { api } = useAccess();
  const [name, setName] = useState('');
  const act = useAct();

  async function create(): Promise<void> {
    await api.send('POST', '/tenants', { json: { name } });
    onCreated();
    location.hash = placeHref({ tenant: name, section: 'tokens' });
  }

  return (
    <Modal title="New tenant" onClose={onClose} onSubmit={() => act.run(create)}>
      {(close) => (
        <>
          <Field
            label="Name"
            help="1 to 63 characters of a-z, 0-9 and “-”. It is the tenant’s identity and never changes."
          >
            {(attributes) => (
              <input
                {...attributes}
                type="text"
                required
                maxLength={63}
                autocomplete="off"
                spellcheck={false}
                value={name}
                onInput={(event) => setName(event.currentTarget.value)}
              />
            )}
          </Field>
          <Problem act={act} inForm />
          <div class="actions">
            <button type="submit" class="primary" disabled={act.busy}>
              Create tenant
            </button>
            <button type="button" class="quiet" onClick={close}>
              Cancel
            </button>
          </div>
        </>
      )}
    </Modal>
  );
}
