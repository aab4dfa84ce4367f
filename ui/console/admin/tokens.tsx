/** The tokens of a tenant: who has one, whether it is used, and the means to make, replace and revoke them. */
import { useState } from 'preact/hooks';
import { plural } from '../../format/numbers.ts';
import { formatAgo, formatDateTime, formatDuration } from '../../format/time.ts';
import { visibleText } from '../../format/visible.ts';
import { Labels } from '../../parts/labels.tsx';
import { usePoll } from '../../parts/poll.ts';
import { StateMark } from '../../parts/state-mark.tsx';
import { useAccess } from '../access.ts';
import { Confirm } from '../confirm.tsx';
import { ChangeToken } from './change-token.tsx';
import { tenantPath } from './client.ts';
import { Filter } from './filter.tsx';
import { Loaded } from './loaded.tsx';
import { NewToken, tokenUses } from './new-token.tsx';
import { limitPairs } from './pairs.ts';
import { RotateToken } from './rotate-token.tsx';
import { ShownOnce } from './shown-once.tsx';
import { ActionsHead, EndedToggle, LifeCells } from './table-parts.tsx';
import { isEnded, usageState } from './token-state.ts';
import type { NewTokenView, TokenView } from './types.ts';

const POLL_MS = 10_000;

type Doing = { readonly what: 'create' } | { readonly what: 'change' | 'rotate' | 'revoke'; readonly token: TokenView };

export function Tokens({ tenant, nowMs }: { tenant: string; nowMs: number }) {
  const { api, mayChange } = useAccess();
  const path = `${tenantPath(tenant)}/tokens`;
  const polled = usePoll(path, POLL_MS, false, (signal) =>
    api.get<{ readonly tokens: readonly TokenView[] }>(path, signal),
  );
  const [doing, setDoing] = useState<Doing>();
  const [made, setMade] = useState<NewTokenView>();
  const [showsEnded, setShowsEnded] = useState(false);
  const close = () => setDoing(undefined);

  function onMade(token: NewTokenView): void {
    setMade(token);
    polled.refresh();
  }

  return (
    <>
      {made && (
        <ShownOnce
          key={made.id}
          title={`The token ${made.name}`}
          token={made.token}
          uses={tokenUses(made, location.origin)}
          {...(made.endsAtMs !== undefined && {
            note: `The old one ends ${made.endsAtMs > nowMs ? `in ${formatDuration(made.endsAtMs - nowMs)}` : 'now'}.`,
          })}
          onDone={() => setMade(undefined)}
        />
      )}
      <section class="card" aria-labelledby="tokens-title">
        <div class="card-head">
          <h2 id="tokens-title">Tokens</h2>
          {mayChange && (
            <button type="button" class="primary small-button" onClick={() => setDoing({ what: 'create' })}>
              New token…
            </button>
          )}
        </div>
        <Loaded polled={polled}>
          {({ tokens }) => {
            const ended = tokens.filter((token) => isEnded(token, nowMs));
            const shown = tokens.filter((token) => showsEnded || !ended.includes(token)).reverse();
            return (
              <>
                {shown.length === 0 ? (
                  <p class="empty">
                    None that is good. One for each host or team: then a leak ends with one revocation, and this list
                    says who is silent.
                  </p>
                ) : (
                  <Filter
                    all={shown}
                    label="Find a token"
                    placeholder="Name, id, scope or label"
                    textOf={({ name, id, scopes, labels }) =>
                      [name, id, ...scopes, ...Object.entries(labels).map((pair) => pair.join('='))].join(' ')
                    }
                  >
                    {(found) => <TokenTable tokens={found} nowMs={nowMs} onDo={mayChange ? setDoing : undefined} />}
                  </Filter>
                )}
                {ended.length > 0 && (
                  <EndedToggle
                    what={`${plural(ended.length, 'token')} that ended`}
                    shows={showsEnded}
                    onToggle={() => setShowsEnded(!showsEnded)}
                  />
                )}
              </>
            );
          }}
        </Loaded>
      </section>
      {doing?.what === 'create' && <NewToken path={path} nowMs={nowMs} onMade={onMade} onClose={close} />}
      {doing?.what === 'change' && (
        <ChangeToken path={path} token={doing.token} nowMs={nowMs} onChanged={polled.refresh} onClose={close} />
      )}
      {doing?.what === 'rotate' && <RotateToken path={path} token={doing.token} onMade={onMade} onClose={close} />}
      {doing?.what === 'revoke' && (
        <Confirm
          title="Revoke this token?"
          action="Revoke"
          oath={
            <>
              Yes, revoke <bdi>{visibleText(doing.token.name)}</bdi>
            </>
          }
          onConfirm={async () => {
            await api.send('DELETE', `${path}/${encodeURIComponent(doing.token.id)}`);
            polled.refresh();
          }}
          onClose={close}
        >
          <p>
            Whoever sends with <strong>{visibleText(doing.token.name)}</strong> <code>{doing.token.id}</code> is refused
            everywhere within 60 s, for good. Agents keep their data on disk until they have another token.{' '}
            {doing.token.lastUsedAtMs !== null && `It was used ${formatAgo(doing.token.lastUsedAtMs, nowMs)}.`}
          </p>
        </Confirm>
      )}
    </>
  );
}

interface TokenTableProps {
  readonly tokens: readonly TokenView[];
  readonly nowMs: number;
  readonly onDo: ((doing: Doing) => void) | undefined;
}

function TokenTable({ tokens, nowMs, onDo }: TokenTableProps) {
  return (
    <table class="table">
      <thead>
        <tr>
          <th scope="col">Token</th>
          <th scope="col">May</th>
          <th scope="col">Last used</th>
          <th scope="col">Created</th>
          <th scope="col">State</th>
          {onDo && <ActionsHead />}
        </tr>
      </thead>
      <tbody>
        {tokens.map((token) => (
          <TokenRow key={token.id} token={token} nowMs={nowMs} onDo={onDo} />
        ))}
      </tbody>
    </table>
  );
}

function TokenRow({ token, nowMs, onDo }: { token: TokenView; nowMs: number; onDo: TokenTableProps['onDo'] }) {
  const { id, name, scopes, labels, limits, lastUsedAtMs, replacedBy } = token;
  const used = usageState(token, nowMs);
  const ended = isEnded(token, nowMs);
  const own = limitPairs(limits);
  return (
    <tr data-token={id} class={ended ? 'row-ended' : ''}>
      <td>
        <bdi class="cell-title">{visibleText(name)}</bdi>
        <code class="cell-more">{id}</code>
        {Object.keys(labels).length > 0 && <Labels labels={Object.entries(labels)} />}
        {own.length > 0 && (
          <span class="cell-more">
            limits: <Labels labels={own} />
          </span>
        )}
      </td>
      <td data-label="May">
        <Scopes scopes={scopes} />
      </td>
      <td data-label="Last used" class="cell-short" title={lastUsedAtMs === null ? '' : formatDateTime(lastUsedAtMs)}>
        {used.level === 'attention' ? <StateMark level="attention" text={used.text} /> : used.text}
      </td>
      <LifeCells of={token} nowMs={nowMs} />
      {onDo && (
        <td class="cell-actions">
          {!ended && (
            <span class="actions">
              <button
                type="button"
                class="quiet"
                aria-label={`Change ${name}`}
                onClick={() => onDo({ what: 'change', token })}
              >
                Change…
              </button>
              {replacedBy === null && (
                <button
                  type="button"
                  class="quiet"
                  aria-label={`Rotate ${name}`}
                  onClick={() => onDo({ what: 'rotate', token })}
                >
                  Rotate…
                </button>
              )}
              <button
                type="button"
                class="quiet danger-quiet"
                aria-label={`Revoke ${name}`}
                onClick={() => onDo({ what: 'revoke', token })}
              >
                Revoke…
              </button>
            </span>
          )}
        </td>
      )}
    </tr>
  );
}

function Scopes({ scopes }: { scopes: readonly string[] }) {
  return (
    <span class="chips">
      {scopes.map((scope) => (
        <span key={scope} class={scope === 'admin' ? 'chip chip-strong' : 'chip'}>
          {scope}
        </span>
      ))}
    </span>
  );
}
