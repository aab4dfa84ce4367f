/** The overview, asked for every two seconds, and what is chosen of it: a tenant with its sections, or the gateway. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { formatExact } from '../format/numbers.ts';
import { Freshness, Header, NoAnswer } from '../parts/header.tsx';
import { HttpError } from '../parts/http.ts';
import { useNow, usePoll } from '../parts/poll.ts';
import { LevelIcon } from '../parts/state-mark.tsx';
import { type Access, useAccess } from './access.ts';
import { GatewayPage } from './admin/gateway-page.tsx';
import { NewTenant } from './admin/new-tenant.tsx';
import { TenantSections } from './admin/sections.tsx';
import type { Overview } from './api.ts';
import { BacklogHistory } from './backlog-history.ts';
import { loadOverview, loadOwnOverview } from './load.ts';
import { OutboxPage } from './outbox-page.tsx';
import { type Place, placeHref, rememberedTenant, rememberTenant, usePlace } from './place.ts';
import { firstTenant, newestDataMs, tenantChoices } from './state.ts';
import { Tenant } from './tenant.tsx';

const POLL_MS = 2_000;

interface AppProps {
  onSignOut(): void;
  /** The gateway does not accept the token any more. */
  onRefused(): void;
}

export function App({ onSignOut, onRefused }: AppProps) {
  const access = useAccess();
  const browserNowMs = useNow();
  const backlog = useRef(new BacklogHistory());
  const place = usePlace();
  // Chosen once: a page that changes to another tenant by itself would pull the numbers away from who reads them.
  const [opened, setOpened] = useState<string>();
  const polled = usePoll('overview', POLL_MS, false, async (signal) => {
    const { api, principal } = access;
    const own = principal.tenant;
    const loaded = await (own === undefined
      ? loadOverview(api, place.tenant, signal)
      : loadOwnOverview(api, own, signal));
    backlog.current.add(loaded.overview, Date.now() + loaded.clockAheadMs);
    return loaded;
  });
  const refused = polled.error instanceof HttpError && (polled.error.status === 401 || polled.error.status === 403);
  useEffect(() => {
    if (refused) onRefused();
  }, [refused]);

  const overview = polled.data?.overview;
  // Frozen while the gateway is silent: an age that grows would claim knowledge that is not there.
  const shownMs = polled.failingSinceMs !== undefined ? (polled.loadedAtMs ?? browserNowMs) : browserNowMs;
  const nowMs = shownMs + (polled.data?.clockAheadMs ?? 0);
  const named = (name: string | undefined) => overview?.tenants.find((found) => found.name === name);
  const tenant = named(place.tenant) ?? named(opened) ?? (overview && firstTenant(overview, nowMs, rememberedTenant()));
  useEffect(() => {
    // One that nothing came from yet makes room for the first that sends.
    if (tenant && newestDataMs(tenant) > 0) setOpened(tenant.name);
    if (place.tenant !== undefined && tenant?.name === place.tenant) rememberTenant(place.tenant);
  }, [tenant, place.tenant]);
  useEffect(() => scrollTo(0, 0), [JSON.stringify(place)]);
  const gateway = access.seesGateway ? place.gateway : undefined;
  useEffect(() => {
    document.title = titleOf(gateway, place, tenant?.name);
  }, [gateway, JSON.stringify(place), tenant?.name]);
  const onChanged = polled.refresh;

  return (
    <>
      <Header title="Spillway" place={location.host}>
        <Freshness polled={polled} nowMs={browserNowMs} />
        <Who access={access} inGateway={gateway !== undefined} />
        <button type="button" class="quiet" onClick={onSignOut}>
          Sign out
        </button>
      </Header>
      <NoAnswer
        who="The gateway"
        polled={polled}
        advice="This page keeps asking. Agents keep their data on disk meanwhile."
      />
      {overview?.problems?.map(({ reason, message }) => (
        <div key={message} class="notice notice-trouble" role="alert" data-problem={reason}>
          <strong>The gateway needs mending.</strong> <bdi>{message}</bdi>.
        </div>
      ))}
      <main class={`page ${polled.failingSinceMs === undefined ? '' : 'page-old'}`}>
        {overview && overview.tenants.length > 1 && (
          <TenantPicker overview={overview} nowMs={nowMs} latest={tenant?.name} isOpen={gateway === undefined} />
        )}
        {overview && place.tenant !== undefined && tenant?.name !== place.tenant && (
          <p class="problem">
            There is no tenant <bdi>{place.tenant}</bdi> here.
          </p>
        )}
        {gateway !== undefined ? (
          <GatewayPage section={gateway} nowMs={nowMs} onChanged={onChanged} />
        ) : tenant && place.outbox !== undefined && tenant.name === place.tenant ? (
          <OutboxPage
            key={JSON.stringify(place)}
            tenant={tenant.name}
            destination={place.outbox}
            outbox={tenant.outboxes.find(({ destination }) => destination === place.outbox)}
            nowMs={nowMs}
            onChanged={onChanged}
          />
        ) : tenant ? (
          <TenantSections key={tenant.name} tenant={tenant.name} section={place.section} nowMs={nowMs}>
            <Tenant tenant={tenant} nowMs={nowMs} backlog={backlog.current} />
          </TenantSections>
        ) : null}
        {overview && !tenant && !gateway && <NoTenants onCreated={onChanged} />}
        {!overview && !polled.error && <p class="empty">Asking the gateway…</p>}
      </main>
    </>
  );
}

function titleOf(gateway: string | undefined, { outbox, section }: Place, tenant: string | undefined): string {
  const parts = gateway === undefined ? [outbox ?? section, tenant] : [gateway, 'gateway'];
  return [...parts, 'Spillway'].filter((part) => part).join(' · ');
}

/** Who is signed in, and the way to what is not of one tenant. */
function Who({ access: { principal, mayChange, seesGateway }, inGateway }: { access: Access; inGateway: boolean }) {
  return (
    <>
      <span class="who" title="Who the gateway takes you for">
        <bdi class="who-name">{principal.name}</bdi>
        {!mayChange && <span class="mark">read-only</span>}
      </span>
      {seesGateway && (
        <a class="quiet" href={placeHref({ gateway: 'tenants' })} aria-current={inGateway ? 'page' : undefined}>
          Gateway
        </a>
      )}
    </>
  );
}

interface TenantPickerProps {
  readonly overview: Overview;
  readonly nowMs: number;
  /** The one that is looked at, or was before the gateway's own pages. */
  readonly latest: string | undefined;
  readonly isOpen: boolean;
}

function TenantPicker({ overview, nowMs, latest, isOpen }: TenantPickerProps) {
  const { tenants, tenantCount } = overview;
  const choices = tenantChoices(tenants, tenantCount, nowMs, latest);
  return (
    <nav class="tenant-picker" aria-label="Tenants">
      {choices.map(({ name, headline }) => (
        <a
          key={name}
          class="tenant-choice"
          href={placeHref({ tenant: name })}
          aria-current={isOpen && name === latest ? 'true' : undefined}
          title={headline.text}
        >
          <LevelIcon level={headline.level} />
          <bdi>{name}</bdi>
        </a>
      ))}
      {choices.length < tenantCount && (
        <a class="tenant-choice" href={placeHref({ gateway: 'tenants' })}>
          All {formatExact(tenantCount)} tenants…
        </a>
      )}
    </nav>
  );
}

function NoTenants({ onCreated }: { onCreated(): void }) {
  const { mayChange } = useAccess();
  const [creating, setCreating] = useState(false);
  return (
    <section class="card empty-state">
      <h1>No tenant yet</h1>
      <p>
        A tenant owns tokens, a pipeline and outboxes. Create the first one, its pipeline, and a token for its agents:
      </p>
      <pre>
        <code>{`npx spillway tenant create home
npx spillway pipeline set --tenant home pipeline.alloy
npx spillway token create --tenant home --scope agent my-agent`}</code>
      </pre>
      {mayChange && (
        <p>
          <button type="button" class="primary" onClick={() => setCreating(true)}>
            Create a tenant…
          </button>
        </p>
      )}
      {creating && <NewTenant onCreated={onCreated} onClose={() => setCreating(false)} />}
    </section>
  );
}
