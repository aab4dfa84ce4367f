/** The form of a new token. What the gateway refuses stays as it was typed. */
import { useState } from 'preact/hooks';
import { useAccess } from '../access.ts';
import { changesOf, type Typed, withChanges } from '../limits/limit-values.ts';
import { TokenRates } from '../limits/token-rates.tsx';
import { Modal } from '../modal.tsx';
import { FormEnd, useAct } from './act.tsx';
import { expiryOf, Field, Lifetime, pairsOf, TextField } from './field.tsx';
import type { NewTokenView } from './types.ts';

const SCOPES = [
  ['agent', 'push every signal, also in batches'],
  ['metrics:write', 'push metrics'],
  ['logs:write', 'push logs'],
  ['traces:write', 'push traces'],
  ['profiles:write', 'push profiles'],
  ['read', 'look at this tenant, without secrets'],
  ['admin', 'administer this tenant'],
] as const;

interface NewTokenProps {
  readonly path: string;
  readonly nowMs: number;
  onMade(token: NewTokenView): void;
  onClose(): void;
}

export function NewToken({ path, nowMs, onMade, onClose }: NewTokenProps) {
  const { api } = useAccess();
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly string[]>(['agent']);
  const [labels, setLabels] = useState('');
  const [typed, setTyped] = useState<Typed>({});
  const [days, setDays] = useState(0);
  const act = useAct();

  async function create(): Promise<void> {
    const json = {
      name,
      scopes,
      labels: Object.fromEntries(pairsOf('Labels', labels)),
      limits: withChanges({}, changesOf({}, typed)),
      expiresAtMs: expiryOf(days, nowMs),
    };
    onMade(await api.send<NewTokenView>('POST', path, { json }));
  }

  return (
    <Modal title="New token" onClose={onClose} onSubmit={() => act.run(create)}>
      {(close) => (
        <>
          <TextField
            label="Name"
            help="Who has it: a host, a team, a job."
            required
            maxLength={100}
            value={name}
            onText={setName}
          />
          <fieldset class="field">
            <legend>It may</legend>
            <div class="scopes">
              {SCOPES.map(([scope, meaning]) => (
                <label key={scope} class="tick">
                  <input
                    type="checkbox"
                    checked={scopes.includes(scope)}
                    onChange={({ currentTarget: { checked } }) =>
                      setScopes(checked ? [...scopes, scope] : scopes.filter((one) => one !== scope))
                    }
                  />
                  <span>
                    <code>{scope}</code> <span class="muted">{meaning}</span>
                  </span>
                </label>
              ))}
            </div>
          </fieldset>
          <Lifetime days={days} onDays={setDays} />
          <Field
            label="Labels"
            help="Set on everything pushed with it, whatever the sender says. One NAME=VALUE a line."
          >
            {(attributes) => (
              <textarea
                {...attributes}
                rows={2}
                spellcheck={false}
                placeholder="team=shop"
                value={labels}
                onInput={(event) => setLabels(event.currentTarget.value)}
              />
            )}
          </Field>
          <TokenRates limits={{}} typed={typed} failure={act.failure} onTyped={setTyped} />
          <FormEnd act={act} action="Create token" onCancel={close} />
        </>
      )}
    </Modal>
  );
}

/** What one does with a token of these scopes. */
export function tokenUses({ scopes, token }: NewTokenView, origin: string) {
  const pushes = scopes.some((scope) => scope === 'agent' || scope.endsWith(':write'));
  return [
    ...(scopes.includes('agent')
      ? [
          {
            what: 'Install an agent on a host',
            line: `curl -fsSL ${origin}/install.sh | sudo sh -s -- --token ${token}`,
          },
        ]
      : []),
    ...(pushes ? [{ what: 'Header of every other sender', line: `Authorization: Bearer ${token}` }] : []),
    ...(scopes.includes('admin') || scopes.includes('read')
      ? [{ what: 'This console, for whoever gets it', line: `${origin}/#token=${token}` }]
      : []),
  ];
}
