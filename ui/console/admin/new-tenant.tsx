/** The form of a new tenant. */
import { useState } from 'preact/hooks';
import { useAccess } from '../access.ts';
import { Modal } from '../modal.tsx';
import { placeHref } from '../place.ts';
import { FormEnd, useAct } from './act.tsx';
import { TextField } from './field.tsx';

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
          <TextField
            label="Name"
            help="1 to 63 characters of a-z, 0-9 and “-”. It is the tenant’s identity and never changes."
            required
            maxLength={63}
            spellcheck={false}
            value={name}
            onText={setName}
          />
          <FormEnd act={act} action="Create tenant" onCancel={close} />
        </>
      )}
    </Modal>
  );
}
