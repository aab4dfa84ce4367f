/** All tenants, with what each sent today. */
import { useState } from 'preact/hooks';
import { formatBytes } from '../../format/numbers.ts';
import { formatAgo, formatDateTime } from '../../format/time.ts';
import { Labels } from '../../parts/labels.tsx';
import { usePoll } from '../../parts/poll.ts';
import { useAccess } from '../access.ts';
import { placeHref } from '../place.ts';
import { Filter } from './filter.tsx';
import { Loaded } from './loaded.tsx';
import { NewTenant } from './new-tenant.tsx';
import { limitPairs } from './pairs.ts';
import type { TenantRecordView, UsageDayView } from './types.ts';

const POLL_MS = 30_000;

interface DayView {
  readonly tenants: readonly (Pick<UsageDayView, 'signals'> & { readonly tenant: string })[];
}

export function Tenants({ nowMs, onChanged }: { nowMs: number; onChanged(): void }) {
  const { api, mayChange } = useAccess();
  const [creating, setCreating] = useState(false);
  const polled = usePoll('tenants', POLL_MS, false, (signal) =>
    api.get<{ readonly tenants: readonly TenantRecordView[] }>('/tenants', signal),
  );
  // The first 50 by name; of the others their own page tells.
  const today = usePoll('usage of today', POLL_MS, false, (signal) => api.get<DayView>('/usage', signal));
  const bytes = new Map(today.data?.tenants.map(({ tenant, signals }) => [tenant, bytesOf(signals)]));
  return (
    <section class="card" aria-labelledby="tenants-title">
      <div class="card-head">
        <h2 id="tenants-title">Tenants</h2>
        {mayChange && (
          <button type="button" class="primary small-button" onClick={() => setCreating(true)}>
            New tenant…
          </button>
        )}
      </div>
      <Loaded polled={polled}>
        {({ tenants }) => (
          <Filter all={tenants} label="Find a tenant" placeholder="Name" textOf={({ name }) => name}>
            {(shown) => (
              <table class="table">
                <thead>
                  <tr>
                    <th scope="col">Tenant</th>
                    <th scope="col">Limits that differ from the defaults</th>
                    <th scope="col">Received today</th>
                    <th scope="col">Created</th>
                  </tr>
                </thead>
                <tbody>
                  {shown.map(({ name, limits, createdAtMs }) => {
                    const received = bytes.get(name);
                    const set = limitPairs(limits);
                    return (
                      <tr key={name} data-tenant={name}>
                        <td>
                          <a class="cell-title" href={placeHref({ tenant: name })}>
                            {name}
                          </a>
                        </td>
                        <td data-label="Limits">
                          <a class="quiet-link" href={placeHref({ tenant: name, section: 'limits' })}>
                            {set.length === 0 ? <span class="muted">defaults</span> : <Labels labels={set} />}
                          </a>
                        </td>
                        <td data-label="Received today">{received === undefined ? '–' : formatBytes(received)}</td>
                        <td data-label="Created" class="cell-short" title={formatDateTime(createdAtMs)}>
                          {formatAgo(createdAtMs, nowMs)}
                        </td>
                      </tr>
                    );
                  })}
                </tbody>
              </table>
            )}
          </Filter>
        )}
      </Loaded>
      {creating && (
        <NewTenant
          onCreated={() => {
            onChanged();
            polled.refresh();
          }}
          onClose={() => setCreating(false)}
        />
      )}
    </section>
  );
}

function bytesOf(signals: UsageDayView['signals']): number {
  return Object.values(signals).reduce((sum, { receivedBytes }) => sum + receivedBytes, 0);
}
