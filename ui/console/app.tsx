/** The overview, asked for every two seconds, one tenant at a time. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { Freshness, Header, NoAnswer } from '../parts/header.tsx';
import { HttpError } from '../parts/http.ts';
import { useNow, usePoll } from '../parts/poll.ts';
import { LevelIcon } from '../parts/state-mark.tsx';
import type { Overview } from './api.ts';
import { BacklogHistory } from './backlog-history.ts';
import { loadOverview } from './load.ts';
import { OutboxPage } from './outbox-page.tsx';
import { placeHref, rememberedTenant, rememberTenant, usePlace } from './place.ts';
import { firstTenant, newestDataMs, tenantHeadline } from './state.ts';
import { Tenant } from './tenant.tsx';

const POLL_MS = 2_000;

interface AppProps {
  readonly token: string;
  onSignOut(): void;
  /** The gateway does not accept the token, which it may have accepted before. */
  onRefused(wasAccepted: boolean): void;
}

export function App({ token, onSignOut, onRefused }: AppProps) {
  const browserNowMs = useNow();
  const backlog = useRef(new BacklogHistory());
  const place = usePlace();
  // Chosen once: a page that changes to another tenant by itself would pull the numbers away from who reads them.
  const [opened, setOpened] = useState<string>();
  const polled = usePoll('overview', POLL_MS, false, async (signal) => {
    const loaded = await loadOverview(token, signal);
    backlog.current.add(loaded.overview, Date.now() + loaded.clockAheadMs);
    return loaded;
  });
  const refused = polled.error instanceof HttpError && (polled.error.status === 401 || polled.error.status === 403);
  useEffect(() => {
    if (refused) onRefused(polled.data !== undefined);
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
  useEffect(() => scrollTo(0, 0), [place.outbox]);

  return (
    <>
      <Header title="Spillway" place={location.host}>
        <Freshness polled={polled} nowMs={browserNowMs} />
        <button type="button" class="quiet" onClick={onSignOut}>
          Sign out
        </button>
      </Header>
      <NoAnswer
        who="The gateway"
        polled={polled}
        advice="This page keeps asking. Agents keep their data on disk meanwhile."
      />
      <main class={`page ${polled.failingSinceMs === undefined ? '' : 'page-old'}`}>
        {overview && overview.tenants.length > 1 && (
          <TenantPicker overview={overview} nowMs={nowMs} current={tenant?.name} />
        )}
        {overview && place.tenant !== undefined && tenant?.name !== place.tenant && (
          <p class="problem">
            There is no tenant <bdi>{place.tenant}</bdi> here.
          </p>
        )}
        {tenant && place.outbox !== undefined && tenant.name === place.tenant ? (
          <OutboxPage
            key={JSON.stringify(place)}
            token={token}
            tenant={tenant.name}
            destination={place.outbox}
            outbox={tenant.outboxes.find(({ destination }) => destination === place.outbox)}
            nowMs={nowMs}
            onChanged={polled.refresh}
          />
        ) : (
          tenant && <Tenant token={token} tenant={tenant} nowMs={nowMs} backlog={backlog.current} />
        )}
        {overview && !tenant && <NoTenants />}
        {!overview && !polled.error && <p class="empty">Asking the gateway…</p>}
      </main>
    </>
  );
}

interface TenantPickerProps {
  readonly overview: Overview;
  readonly nowMs: number;
  readonly current: string | undefined;
}

function TenantPicker({ overview, nowMs, current }: TenantPickerProps) {
  return (
    <nav class="tenant-picker" aria-label="Tenants">
      {[...overview.tenants]
        .sort((a, b) => a.name.localeCompare(b.name))
        .map((tenant) => {
          const headline = tenantHeadline(tenant, nowMs);
          return (
            <a
              key={tenant.name}
              class="tenant-choice"
              href={placeHref({ tenant: tenant.name })}
              aria-current={tenant.name === current ? 'true' : undefined}
              title={headline.text}
            >
              <LevelIcon level={headline.level} />
              <bdi>{tenant.name}</bdi>
            </a>
          );
        })}
    </nav>
  );
}

function NoTenants() {
  return (
    <section class="card empty-state">
      <h1>No tenant yet</h1>
      <p>
        A tenant owns tokens, a pipeline and outboxes. Create the first one, a token for its agents, and its pipeline:
      </p>
      <pre>
        <code>{`npx spillway tenant create home
npx spillway pipeline set --tenant home pipeline.alloy
npx spillway token create --tenant home --scope agent my-agent`}</code>
      </pre>
    </section>
  );
}
