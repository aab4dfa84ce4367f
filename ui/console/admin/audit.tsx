/** Who did what, and what was refused: newest first, older on demand. */
import { useState } from 'preact/hooks';
import { formatAgo, formatDateTime } from '../../format/time.ts';
import { visibleText } from '../../format/visible.ts';
import { usePoll } from '../../parts/poll.ts';
import { useAccess } from '../access.ts';
import { placeHref } from '../place.ts';
import { Problem, useAct } from './act.tsx';
import { detailText, refusedText } from './audit-text.ts';
import { Loaded } from './loaded.tsx';
import type { AuditEntryView, AuditView } from './types.ts';

const POLL_MS = 10_000;
const PAGE = 50;
const OLDER_TIMEOUT_MS = 15_000;

interface AuditProps {
  readonly path: string;
  readonly nowMs: number;
  readonly showsTenant?: boolean;
}

export function Audit({ path, nowMs, showsTenant = false }: AuditProps) {
  const { api } = useAccess();
  const polled = usePoll(path, POLL_MS, false, (signal) => api.get<AuditView>(`${path}?limit=${PAGE}`, signal));
  const [older, setOlder] = useState<readonly AuditView[]>([]);
  const act = useAct();

  return (
    <section class="card" aria-labelledby="audit-title">
      <h2 id="audit-title">Newest first</h2>
      <Loaded polled={polled}>
        {(newest) => {
          const entries = unique([newest, ...older].flatMap((page) => page.entries));
          const { next } = older.at(-1) ?? newest;
          const loadOlder = async () => {
            const signal = AbortSignal.timeout(OLDER_TIMEOUT_MS);
            const page = await api.get<AuditView>(`${path}?limit=${PAGE}&before=${next}`, signal);
            setOlder([...older, page]);
          };
          return (
            <>
              {entries.length === 0 && <p class="empty">Nothing was changed yet.</p>}
              <ol class="rows acts">
                {entries.map((entry) => (
                  <Entry key={entry.id} entry={entry} nowMs={nowMs} showsTenant={showsTenant} />
                ))}
              </ol>
              {next !== null && (
                <button type="button" class="quiet below" disabled={act.busy} onClick={() => act.run(loadOlder)}>
                  Older
                </button>
              )}
              <Problem act={act} />
            </>
          );
        }}
      </Loaded>
    </section>
  );
}

interface EntryProps {
  readonly entry: AuditEntryView;
  readonly nowMs: number;
  readonly showsTenant: boolean;
}

function Entry({ entry, nowMs, showsTenant }: EntryProps) {
  const { id, atMs, actor, action, tenant, target, detail } = entry;
  const refused = refusedText(entry);
  const more = detailText(detail);
  return (
    <li class="row act" data-act={action} data-id={id}>
      <span class="row-main">
        <span>
          <code class="row-title">{action}</code>{' '}
          {target !== '' && <bdi class="mono act-target">{visibleText(target)}</bdi>}
          {refused !== undefined && <span class="mark mark-trouble">{refused}</span>}
        </span>
        {more !== '' && <bdi class="row-detail row-text">{visibleText(more)}</bdi>}
      </span>
      <span class="row-side">
        <bdi>{visibleText(actor)}</bdi>
        <span class="row-detail">
          {showsTenant && tenant !== null && (
            <>
              <a href={placeHref({ tenant })}>
                <bdi>{tenant}</bdi>
              </a>
              {' · '}
            </>
          )}
          <time title={formatDateTime(atMs)}>{formatAgo(atMs, nowMs)}</time>
        </span>
      </span>
    </li>
  );
}

/** Pages overlap once newer entries have come. */
function unique(entries: readonly AuditEntryView[]): readonly AuditEntryView[] {
  return [...new Map(entries.toReversed().map((entry) => [entry.id, entry])).values()].sort((a, b) => b.id - a.id);
}
