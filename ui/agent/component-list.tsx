/** Every component with its health, those that need a look first. */
import { useState } from 'preact/hooks';
import { plural } from '../format/numbers.ts';
import { formatDateTime, formatDuration } from '../format/time.ts';
import { visibleText } from '../format/visible.ts';
import { Freshness, NoAnswer } from '../parts/header.tsx';
import { useNow, usePoll } from '../parts/poll.ts';
import { LevelIcon, StateMark } from '../parts/state-mark.tsx';
import { componentHref } from './address.ts';
import type { ComponentView } from './api.ts';
import { Bar } from './bar.tsx';
import { ComponentId } from './component-id.tsx';
import { fullIdOf, headline, levelOf, searchComponents, sortByHealth } from './health.ts';
import { Link } from './link.tsx';
import { loadAll } from './load.ts';

const POLL_MS = 5_000;

export function ComponentListPage() {
  const nowMs = useNow();
  const polled = usePoll('components', POLL_MS, false, loadAll);
  return (
    <>
      <Bar page="components">
        <Freshness polled={polled} nowMs={nowMs} />
      </Bar>
      <NoAnswer who="The agent" polled={polled} advice="This page keeps asking." />
      <main class={`page ${polled.failingSinceMs === undefined ? '' : 'page-old'}`}>
        {polled.data && <Components components={polled.data} nowMs={nowMs} />}
        {!polled.data && !polled.error && <p class="empty">Asking the agent…</p>}
      </main>
    </>
  );
}

function Components({ components, nowMs }: { components: readonly ComponentView[]; nowMs: number }) {
  const [search, setSearch] = useState('');
  const { level, text, detail } = headline(components);
  const shown = sortByHealth(searchComponents(components, search));
  return (
    <>
      <section class="headline" aria-live="polite">
        <LevelIcon level={level} />
        <div>
          <h1>{text}</h1>
          <p>
            <bdi>{visibleText(detail)}</bdi>
          </p>
        </div>
      </section>
      <section class="card" aria-label="Components">
        <div class="list-head">
          <h2>
            {search === '' ? plural(components.length, 'component') : `${shown.length} of ${components.length} match`}
          </h2>
          <input
            type="search"
            aria-label="Search components"
            placeholder="name, health or message"
            spellcheck={false}
            value={search}
            onInput={(event) => setSearch(event.currentTarget.value)}
          />
        </div>
        {shown.length === 0 && <p class="empty">No component matches “{search}”.</p>}
        <ul class="rows">
          {shown.map((component) => (
            <Row key={fullIdOf(component)} component={component} nowMs={nowMs} />
          ))}
        </ul>
      </section>
    </>
  );
}

function Row({ component, nowMs }: { component: ComponentView; nowMs: number }) {
  const { health, moduleID, localID } = component;
  const since = Date.parse(health.updatedTime);
  return (
    <li class="row" data-component={fullIdOf(component)}>
      <span class="row-main">
        <Link class="row-title" href={componentHref(fullIdOf(component))}>
          {moduleID !== '' && <span class="module-path">{moduleID}/</span>}
          <ComponentId id={localID} />
        </Link>
        <bdi class="row-detail row-text">{visibleText(health.message)}</bdi>
      </span>
      <span class="row-side">
        <StateMark level={levelOf(health)} text={health.state} />
        <span class="row-detail" title={formatDateTime(since)}>
          for {formatDuration(nowMs - since)}
        </span>
      </span>
    </li>
  );
}
