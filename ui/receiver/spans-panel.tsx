/** The latest spans, newest first. */
import { useState } from 'preact/hooks';
import { formatDateTime, formatLatency, formatWhen } from '../format/time.ts';
import { visibleText } from '../format/visible.ts';
import { Labels } from '../parts/labels.tsx';
import { usePoll } from '../parts/poll.ts';
import { StateMark } from '../parts/state-mark.tsx';
import type { SpanView } from './api.ts';
import { loadTraces } from './load.ts';
import { Panel } from './panel.tsx';

const STEP = 30;
const MAX_SHOWN = 1_000;

interface SpansPanelProps {
  readonly everyMs: number;
  readonly paused: boolean;
  readonly nowMs: number;
}

export function SpansPanel({ everyMs, paused, nowMs }: SpansPanelProps) {
  const [search, setSearch] = useState('');
  const [limit, setLimit] = useState(STEP);
  const polled = usePoll(`${limit} ${search}`, everyMs, paused, (signal) => loadTraces(search, limit, signal));
  const page = polled.data;
  return (
    <Panel
      id="spans"
      title="Traces"
      placeholder="Search service, name, trace id"
      emptyText="No spans yet. Applications on this host can send OTLP over HTTP to the agent, which npm start tells about."
      search={search}
      held={page?.held ?? 0}
      matched={page?.matched ?? 0}
      shown={page?.spans.length ?? 0}
      onSearch={(text) => {
        setSearch(text);
        setLimit(STEP);
      }}
      onMore={limit < MAX_SHOWN ? () => setLimit(Math.min(MAX_SHOWN, limit + 2 * STEP)) : undefined}
    >
      <ul class="rows">
        {page?.spans.map((span) => (
          <Span key={span.id} span={span} nowMs={nowMs} />
        ))}
      </ul>
    </Panel>
  );
}

function Span({ span, nowMs }: { span: SpanView; nowMs: number }) {
  const startMs = Number(span.startNs.slice(0, -6) || 0);
  return (
    <li class="span">
      <time class="log-time" title={formatDateTime(startMs)}>
        {formatWhen(startMs, nowMs)}
      </time>
      <span class="span-body">
        <span class="span-name">
          <bdi class="muted">{visibleText(span.service)}</bdi> <bdi>{visibleText(span.name)}</bdi>
        </span>
        <span class="row-detail">
          {span.kind} · trace <code>{span.traceId}</code>
          {span.statusMessage && (
            <>
              {' '}
              · <bdi>{visibleText(span.statusMessage)}</bdi>
            </>
          )}
        </span>
        <Labels labels={span.attributes} />
      </span>
      <span class="span-side">
        <span class="series-value">{formatLatency(span.durationMs)}</span>
        {span.status !== 'unset' && (
          <StateMark
            level={span.status === 'error' ? 'trouble' : 'ok'}
            text={span.status === 'error' ? 'error' : 'ok'}
          />
        )}
      </span>
    </li>
  );
}
