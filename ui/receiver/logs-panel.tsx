/** The latest log lines, newest first, with the labels of their stream. */
import { useState } from 'preact/hooks';
import { formatDateTime, formatWhen } from '../format/time.ts';
import { visibleText } from '../format/visible.ts';
import { Labels } from '../parts/labels.tsx';
import { usePoll } from '../parts/poll.ts';
import type { LogLineView } from './api.ts';
import { loadLogs } from './load.ts';
import { Panel } from './panel.tsx';

const STEP = 50;
const MAX_SHOWN = 1_000;
/** A line of a megabyte is one line: show its beginning, the rest on demand would freeze a phone. */
const MAX_LINE_CHARS = 2_000;

interface LogsPanelProps {
  readonly everyMs: number;
  readonly paused: boolean;
  readonly nowMs: number;
}

export function LogsPanel({ everyMs, paused, nowMs }: LogsPanelProps) {
  const [search, setSearch] = useState('');
  const [limit, setLimit] = useState(STEP);
  const polled = usePoll(`${limit} ${search}`, everyMs, paused, (signal) => loadLogs(search, limit, signal));
  const page = polled.data;
  return (
    <Panel
      id="logs"
      title="Logs"
      placeholder="Search, e.g. error nginx"
      emptyText="No lines yet. Point loki.write at this receiver’s /loki/api/v1/push."
      search={search}
      held={page?.held ?? 0}
      matched={page?.matched ?? 0}
      shown={page?.lines.length ?? 0}
      onSearch={(text) => {
        setSearch(text);
        setLimit(STEP);
      }}
      onMore={limit < MAX_SHOWN ? () => setLimit(Math.min(MAX_SHOWN, limit + 2 * STEP)) : undefined}
    >
      <ol class="rows">
        {page?.lines.map((line) => (
          <LogLine key={line.id} line={line} nowMs={nowMs} />
        ))}
      </ol>
    </Panel>
  );
}

function LogLine({ line, nowMs }: { line: LogLineView; nowMs: number }) {
  const atMs = Number(line.timestampNs.slice(0, -6) || 0);
  const text = line.line.length > MAX_LINE_CHARS ? `${line.line.slice(0, MAX_LINE_CHARS)}…` : line.line;
  return (
    <li class="log-line">
      <time class="log-time" title={formatDateTime(atMs)}>
        {formatWhen(atMs, nowMs)}
      </time>
      <span class="log-body">
        <bdi class="log-text">{visibleText(text)}</bdi>
        <Labels labels={[...line.labels, ...line.metadata]} />
      </span>
    </li>
  );
}
