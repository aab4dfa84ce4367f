/** Secrets that a pipeline reads: names and versions. A value goes in and never comes back. */
import { useState } from 'preact/hooks';
import { formatAgo, formatDateTime } from '../../format/time.ts';
import { HttpError } from '../../parts/http.ts';
import { usePoll } from '../../parts/poll.ts';
import { useAccess } from '../access.ts';
import { Confirm } from '../confirm.tsx';
import { secretsRead } from '../pipeline/alloy-tokens.ts';
import { pipelinePath } from '../pipeline/paths.ts';
import { placeHref } from '../place.ts';
import { tenantPath } from './client.ts';
import { Loaded } from './loaded.tsx';
import { SetSecret } from './set-secret.tsx';
import { ActionsHead } from './table-parts.tsx';
import type { SecretView } from './types.ts';

const POLL_MS = 15_000;

interface SecretsProps {
  /** The tenant; undefined: the gateway's own, which the default pipeline reads. */
  readonly owner: string | undefined;
  readonly nowMs: number;
}

export function Secrets({ owner, nowMs }: SecretsProps) {
  const { api, mayChange } = useAccess();
  const path = owner === undefined ? '/secrets' : `${tenantPath(owner)}/secrets`;
  const polled = usePoll(path, POLL_MS, false, (signal) =>
    api.get<{ readonly secrets: readonly SecretView[] }>(path, signal),
  );
  const pipeline = usePoll(`readers ${path}`, POLL_MS, false, async (signal) => {
    try {
      return secretsRead((await api.getText(pipelinePath(owner), signal)).text);
    } catch (error) {
      if (error instanceof HttpError && error.status === 404) return new Set<string>();
      throw error;
    }
  });
  const [setting, setSetting] = useState<{ readonly name: string }>();
  const [deleting, setDeleting] = useState<SecretView>();
  const reader = owner === undefined ? 'the default pipeline' : 'the pipeline';
  return (
    <section class="card" aria-labelledby="secrets-title">
      <div class="card-head">
        <h2 id="secrets-title">Secrets</h2>
        {mayChange && (
          <button type="button" class="primary small-button" onClick={() => setSetting({ name: '' })}>
            Set a secret…
          </button>
        )}
      </div>
      <Loaded polled={polled}>
        {({ secrets }) =>
          secrets.length === 0 ? (
            <p class="empty">
              None. Keep passwords and tokens of destinations here and read them with <code>secret("name")</code> in{' '}
              {reader}: then its text can be shown and compared.
            </p>
          ) : (
            <table class="table">
              <thead>
                <tr>
                  <th scope="col">Name</th>
                  <th scope="col">Read by</th>
                  <th scope="col">Version</th>
                  <th scope="col">Set</th>
                  {mayChange && <ActionsHead />}
                </tr>
              </thead>
              <tbody>
                {secrets.map((secret) => (
                  <SecretRow
                    key={secret.name}
                    secret={secret}
                    owner={owner}
                    isRead={pipeline.data?.has(secret.name)}
                    nowMs={nowMs}
                    onSet={mayChange ? setSetting : undefined}
                    onDelete={setDeleting}
                  />
                ))}
              </tbody>
            </table>
          )
        }
      </Loaded>
      {setting && (
        <SetSecret
          path={path}
          name={setting.name}
          reader={reader}
          onSet={polled.refresh}
          onClose={() => setSetting(undefined)}
        />
      )}
      {deleting && (
        <Confirm
          title="Wipe this secret?"
          action="Delete"
          oath={
            <>
              Yes, wipe <bdi>{deleting.name}</bdi>
            </>
          }
          onConfirm={async () => {
            await api.send('DELETE', `${path}/${encodeURIComponent(deleting.name)}`);
            polled.refresh();
          }}
          onClose={() => setDeleting(undefined)}
        >
          <p>
            The value of <strong>{deleting.name}</strong> is gone for good. Versions of the pipeline that read it cannot
            be brought back without it. While {reader} reads it, it is not deleted.
          </p>
        </Confirm>
      )}
    </section>
  );
}

interface SecretRowProps {
  readonly secret: SecretView;
  readonly owner: string | undefined;
  /** Undefined: not known yet. */
  readonly isRead: boolean | undefined;
  readonly nowMs: number;
  readonly onSet: ((secret: SecretView) => void) | undefined;
  onDelete(secret: SecretView): void;
}

function SecretRow({ secret, owner, isRead, nowMs, onSet, onDelete }: SecretRowProps) {
  const { name, version, createdAtMs, problem } = secret;
  const pipelineHref = placeHref(
    owner === undefined ? { gateway: 'pipeline' } : { tenant: owner, section: 'pipeline' },
  );
  return (
    <tr data-secret={name}>
      <td>
        <bdi class="cell-title mono">{name}</bdi>
        {problem !== null && <span class="problem small">Does not open: {problem}. Set it anew.</span>}
      </td>
      <td data-label="Read by">
        {isRead === undefined ? (
          '…'
        ) : isRead ? (
          <a href={pipelineHref}>the pipeline</a>
        ) : (
          <span class="muted">nothing</span>
        )}
      </td>
      <td data-label="Version">{version}</td>
      <td data-label="Set" title={formatDateTime(createdAtMs)}>
        {formatAgo(createdAtMs, nowMs)}
      </td>
      {onSet && (
        <td class="cell-actions">
          <span class="actions">
            <button type="button" class="quiet" aria-label={`Set ${name}`} onClick={() => onSet(secret)}>
              New value…
            </button>
            <button
              type="button"
              class="quiet danger-quiet"
              aria-label={`Delete ${name}`}
              onClick={() => onDelete(secret)}
            >
              Delete…
            </button>
          </span>
        </td>
      )}
    </tr>
  );
}
