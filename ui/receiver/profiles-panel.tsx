/** The latest profiles, newest first: under which labels they came, and how large. What is in them stays closed. */
import { useState } from 'preact/hooks';
import { formatBytes, plural } from '../format/numbers.ts';
import { formatDateTime, formatWhen } from '../format/time.ts';
import { visibleText } from '../format/visible.ts';
import { Labels } from '../parts/labels.tsx';
import { usePoll } from '../parts/poll.ts';
import type { ProfileView } from './api.ts';
import { loadProfiles } from './load.ts';
import { Panel } from './panel.tsx';

const STEP = 10;
const MAX_SHOWN = 1_000;

interface ProfilesPanelProps {
  readonly everyMs: number;
  readonly paused: boolean;
  readonly nowMs: number;
}

export function ProfilesPanel({ everyMs, paused, nowMs }: ProfilesPanelProps) {
  const [search, setSearch] = useState('');
  const [limit, setLimit] = useState(STEP);
  const polled = usePoll(`${limit} ${search}`, everyMs, paused, (signal) => loadProfiles(search, limit, signal));
  const page = polled.data;
  return (
    <Panel
      id="profiles"
      title="Profiles"
      placeholder="Search labels, format"
      emptyText="No profiles yet. A Pyroscope SDK with the gateway as its server and a token as its password sends some."
      search={search}
      held={page?.held ?? 0}
      matched={page?.matched ?? 0}
      shown={page?.profiles.length ?? 0}
      onSearch={(text) => {
        setSearch(text);
        setLimit(STEP);
      }}
      onMore={limit < MAX_SHOWN ? () => setLimit(Math.min(MAX_SHOWN, limit + 2 * STEP)) : undefined}
    >
      <ul class="rows">
        {page?.profiles.map((profile) => (
          <Profile key={profile.id} profile={profile} nowMs={nowMs} />
        ))}
      </ul>
    </Panel>
  );
}

function Profile({ profile, nowMs }: { profile: ProfileView; nowMs: number }) {
  return (
    <li class="span">
      <time class="log-time" title={formatDateTime(profile.receivedAtMs)}>
        {formatWhen(profile.receivedAtMs, nowMs)}
      </time>
      <span class="span-body">
        <span class="row-detail">
          {plural(profile.profiles, 'profile')} · <bdi>{visibleText(profile.format)}</bdi>
        </span>
        <Labels labels={profile.labels} />
      </span>
      <span class="span-side">
        <span class="series-value">{formatBytes(profile.bytes)}</span>
      </span>
    </li>
  );
}
