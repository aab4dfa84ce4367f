/** Takes a new value of a secret. It is in this form until it is stored, and nowhere else. */
import { useState } from 'preact/hooks';
import { useAccess } from '../access.ts';
import { Modal } from '../modal.tsx';
import { FormEnd, useAct } from './act.tsx';
import { Field, TextField } from './field.tsx';

interface SetSecretProps {
  readonly path: string;
  /** Empty: a new one. */
  readonly name: string;
  readonly reader: string;
  onSet(): void;
  onClose(): void;
}

export function SetSecret({ path, name: given, reader, onSet, onClose }: SetSecretProps) {
  const { api } = useAccess();
  const [name, setName] = useState(given);
  const [value, setValue] = useState('');
  const act = useAct();

  async function set(): Promise<void> {
    await api.send('PUT', `${path}/${encodeURIComponent(name)}`, { json: { value } });
    onSet();
  }

  return (
    <Modal
      title={given === '' ? 'Set a secret' : `New value of ${given}`}
      onClose={onClose}
      onSubmit={() => act.run(set)}
    >
      {(close) => (
        <>
          {given === '' && (
            <TextField
              label="Name"
              help={
                <>
                  As in <code>secret("name")</code>. One that there is gets this value.
                </>
              }
              required
              maxLength={128}
              spellcheck={false}
              value={name}
              onText={setName}
            />
          )}
          <Field
            label="Value"
            help={
              <>
                {reader.charAt(0).toUpperCase() + reader.slice(1)} has it at once, and the value before it is wiped. For
                values of several lines: <code>spillway secret set --file</code>.
              </>
            }
          >
            {(attributes) => (
              <input
                {...attributes}
                type="password"
                required
                autocomplete="new-password"
                spellcheck={false}
                value={value}
                onInput={(event) => setValue(event.currentTarget.value)}
              />
            )}
          </Field>
          <FormEnd act={act} action="Store" onCancel={close} />
        </>
      )}
    </Modal>
  );
}
