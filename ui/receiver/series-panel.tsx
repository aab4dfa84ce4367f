/** The latest series: name and labels, a sparkline, the newest value. */
import { useState } from 'preact/hooks';
import { visibleText } from '../format/visible.ts';
import { Labels } from '../parts/labels.tsx';
import { usePoll } from '../parts/poll.ts';
import { Sparkline } from '../parts/sparkline.tsx';
import { loadSeries } from './load.ts';
import { Panel } from './panel.tsx';
import { type SeriesRow, seriesRow } from './series-view.ts';

const STEP = 40;
const MAX_SHOWN = 1_000;

export function SeriesPanel({ everyMs, paused }: { everyMs: number; paused: boolean }) {
  const [search, setSearch] = useState('');
  const [limit, setLimit] = useState(STEP);
  const polled = usePoll(`${limit} ${search}`, everyMs, paused, (signal) => loadSeries(search, limit, signal));
  const page = polled.data;
  return (
    <Panel
      id="series"
      title="Metrics"
      placeholder="Search, e.g. memory host1"
      emptyText="No series yet. Point prometheus.remote_write at this receiver’s /api/v1/push."
      search={search}
      held={page?.held ?? 0}
      matched={page?.matched ?? 0}
      shown={page?.series.length ?? 0}
      onSearch={(text) => {
        setSearch(text);
        setLimit(STEP);
      }}
      onMore={limit < MAX_SHOWN ? () => setLimit(Math.min(MAX_SHOWN, limit + 2 * STEP)) : undefined}
    >
      <ul class="rows">
        {page?.series.map(seriesRow).map((row) => (
          <Series key={row.key} row={row} />
        ))}
      </ul>
    </Panel>
  );
}

function Series({ row }: { row: SeriesRow }) {
  return (
    <li class={row.stale ? 'series series-stale' : 'series'}>
      <span class="series-id">
        <bdi class="series-name">{visibleText(row.name)}</bdi> <Labels labels={row.labels} />
      </span>
      <Sparkline points={row.line} label={`${row.counter ? 'rate' : 'value'} over the last minutes`} />
      <span class="series-value" title={`newest sample: ${row.exact}`}>
        {row.value}
      </span>
    </li>
  );
}
