/** "What happens to this series?": a series goes in, and every rule of the tenant's pipeline says what it made of it. */
import { useState } from 'preact/hooks';
import { visibleText } from '../format/visible.ts';
import { Labels } from '../parts/labels.tsx';
import { useAccess } from './access.ts';
import { failureOf } from './admin/act.tsx';
import type { ExplainedChange, ExplainedHop, ExplainedState, ExplainedStep, ExplainedView } from './api.ts';
import { endText, stepText } from './explain-text.ts';
import { explainSeries } from './load.ts';

type Answer =
  | { readonly state: 'none' | 'asking' }
  | { readonly state: 'answered'; readonly view: ExplainedView }
  | { readonly state: 'failed'; readonly message: string };

export function Explain({ tenant }: { tenant: string }) {
  const { api } = useAccess();
  const [series, setSeries] = useState('');
  const [line, setLine] = useState('');
  const [answer, setAnswer] = useState<Answer>({ state: 'none' });
  const ask = async (event: Event) => {
    event.preventDefault();
    if (series.trim() === '') return;
    setAnswer({ state: 'asking' });
    try {
      setAnswer({ state: 'answered', view: await explainSeries(api, tenant, series, line) });
    } catch (error) {
      setAnswer({ state: 'failed', message: failureOf(error, Date.now()).text });
    }
  };
  const isStream = /^\s*\{/.test(series);
  return (
    <section class="card explain" aria-labelledby="explain-title">
      <h2 id="explain-title">What happens to a series?</h2>
      <form class="explain-form" onSubmit={ask}>
        <input
          type="text"
          name="series"
          aria-label="A series or a log stream"
          placeholder={'up{job="node", instance="a:9100"}   or   {app="shop"}'}
          value={series}
          onInput={(event) => setSeries(event.currentTarget.value)}
          spellcheck={false}
          autocomplete="off"
        />
        <button type="submit" class="primary" disabled={answer.state === 'asking' || series.trim() === ''}>
          Explain
        </button>
        {isStream && (
          <input
            type="text"
            name="line"
            aria-label="A log line"
            placeholder="a log line of this stream"
            value={line}
            onInput={(event) => setLine(event.currentTarget.value)}
            spellcheck={false}
            autocomplete="off"
          />
        )}
      </form>
      <div aria-live="polite">
        {answer.state === 'failed' && <p class="explain-failed">{visibleText(answer.message)}</p>}
        {answer.state === 'answered' && <Ways view={answer.view} />}
      </div>
    </section>
  );
}

function Ways({ view }: { view: ExplainedView }) {
  const hops = view.items.flatMap(({ ways }) => ways.flatMap((way) => way.hops));
  if (hops.length === 0) return <p class="empty">Nothing in the pipeline takes it.</p>;
  return <Hops hops={hops} />;
}

function Hops({ hops }: { hops: readonly ExplainedHop[] }) {
  return (
    <ol class="explain-hops">
      {hops.map((hop) => (
        <li key={`${hop.componentId} ${hop.destination ?? ''}`}>
          <h3>
            <bdi>{visibleText(hop.destination ?? hop.componentId)}</bdi>
          </h3>
          <ol class="explain-steps">
            {hop.steps.map((step) => (
              <Step key={step.path} step={step} />
            ))}
          </ol>
          {hop.results.map(({ after, next }, i) => (
            <div key={i}>
              <Outcome state={after} arrived={hop.kind === 'destination'} />
              {next.length > 0 && <Hops hops={next} />}
            </div>
          ))}
          {hop.end !== undefined && <p class="explain-end">{visibleText(endText(hop.end))}</p>}
        </li>
      ))}
    </ol>
  );
}

function Step({ step }: { step: ExplainedStep }) {
  return (
    <li class={step.outcome === 'dropped' ? 'explain-step explain-drops' : 'explain-step'}>
      <span>
        <code>{visibleText(step.action === '' ? step.path : `${step.path} ${step.action}`)}</code>{' '}
        <bdi class="muted">{visibleText(stepText(step))}</bdi>
      </span>
      {step.line > 0 && <span class="row-detail">line {step.line}</span>}
      {step.changes.map((change) => (
        <Change key={`${change.what} ${change.name}`} change={change} />
      ))}
    </li>
  );
}

function Change({ change: { what, name, before, after } }: { change: ExplainedChange }) {
  const subject = what === 'label' ? name : `${what} ${name}`.trim();
  const sign = before === undefined ? '+' : after === undefined ? '−' : '~';
  const kind = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
  return (
    <p class={`explain-change explain-${kind}`}>
      {sign} <bdi>{visibleText(subject)}</bdi>
      {before !== undefined && (
        <>
          {' '}
          <bdi class="explain-before">{visibleText(before)}</bdi>
        </>
      )}
      {after !== undefined && (
        <>
          {' '}
          <bdi>{visibleText(after)}</bdi>
        </>
      )}
    </p>
  );
}

function Outcome({ state, arrived }: { state: ExplainedState; arrived: boolean }) {
  return (
    <p class={arrived ? 'explain-outcome explain-arrived' : 'explain-outcome'}>
      <span class="muted">{arrived ? 'is sent as' : 'leaves as'}</span> <Labels labels={Object.entries(state.labels)} />
      {state.line !== undefined && state.line !== '' && <bdi class="row-text"> {visibleText(state.line)}</bdi>}
    </p>
  );
}
