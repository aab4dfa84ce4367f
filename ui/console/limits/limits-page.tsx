/**
 * The limits of a tenant, by signal. Operators change them here; the tenant's own people see them and hear who may. What is
 * typed is kept over a look at another section, and what somebody else sets meanwhile is not overwritten unseen.
 */
import type { ComponentChild } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { LIMIT_GROUPS } from '../../../core/limits/limit-definitions.ts';
import { plural } from '../../format/numbers.ts';
import { usePoll } from '../../parts/poll.ts';
import { useAccess } from '../access.ts';
import { useAct } from '../admin/act.tsx';
import { tenantPath } from '../admin/client.ts';
import { shownOf } from '../admin/found.ts';
import { Loaded } from '../admin/loaded.tsx';
import { titleOf } from '../admin/sections.tsx';
import type { LimitsView } from '../admin/types.ts';
import { draftOf, keepDraft } from '../drafts.ts';
import { LimitField, LimitRow, standardOf } from './limit-field.tsx';
import {
  ALL_LIMITS,
  changesOf,
  fieldText,
  limitsOfGroup,
  type NamedLimit,
  setValue,
  type Typed,
  valueText,
} from './limit-values.ts';
import { SaveLimits } from './save-limits.tsx';

const POLL_MS = 10_000;
const LOAD_TIMEOUT_MS = 10_000;

export function LimitsPage({ tenant }: { tenant: string }) {
  const { api, maySetLimits } = useAccess();
  const path = `${tenantPath(tenant)}/limits`;
  const polled = usePoll(path, POLL_MS, false, (signal) => api.get<LimitsView>(path, signal));
  return (
    <Loaded polled={polled}>
      {(limits) => (maySetLimits ? <Editor tenant={tenant} path={path} polled={limits} /> : <Table limits={limits} />)}
    </Loaded>
  );
}

function Table({ limits: { limits, effective } }: { limits: LimitsView }) {
  const { principal } = useAccess();
  return (
    <>
      <p class="advice">
        {principal.kind === 'tenant'
          ? 'Limits protect the gateway and its other tenants, so its operators set them: ask one of them for another.'
          : 'You may look. Operators with the role admin change limits.'}
      </p>
      <Groups>
        {(limit) => {
          const value = setValue(effective, limit) ?? limit.default;
          const isSet = setValue(limits, limit) !== undefined;
          return <LimitRow key={limit.path} limit={limit} value={{ text: valueText(value, limit), isSet }} />;
        }}
      </Groups>
    </>
  );
}

interface EditorProps {
  readonly tenant: string;
  readonly path: string;
  readonly polled: LimitsView;
}

function Editor({ tenant, path, polled }: EditorProps) {
  const { api, principal } = useAccess();
  const [typed, setTyped] = useState<Typed>(() => draftOf<Typed>(principal.name, path) ?? {});
  const [newer, setNewer] = useState(polled);
  const [reviewing, setReviewing] = useState(false);
  const [problems, setProblems] = useState<Typed>({});
  const [said, setSaid] = useState('');
  const form = useRef<HTMLFormElement>(null);
  const act = useAct();
  // An answer that was under way while something was saved is the older of the two.
  const current = newer.version > polled.version ? newer : polled;
  const changes = changesOf(current.limits, typed);
  const changed = new Set(changes.map(({ limit }) => limit.path));
  const mistakes = Object.keys(problems).length;

  useEffect(() => {
    const refused = Object.entries(act.failure?.problems ?? {}).filter(([field]) =>
      ALL_LIMITS.some(({ path }) => path === field),
    );
    setProblems(Object.fromEntries(refused));
    if (refused.length > 0) setReviewing(false);
  }, [act.failure]);
  // Not while the dialog is open: nothing behind it takes the focus.
  useEffect(() => {
    if (!reviewing) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [reviewing]);

  function keep(next: Typed): void {
    setTyped(next);
    setSaid('');
    keepDraft<Typed>(principal.name, path, next, changesOf(current.limits, next).length > 0);
  }

  function type(field: string, text: string): void {
    keep({ ...typed, [field]: text });
    const { [field]: _, ...others } = problems;
    setProblems(others);
  }

  function startAgain(): void {
    act.clear();
    setProblems({});
    keep({});
  }

  function onSaved(saved: LimitsView): void {
    setNewer(saved);
    startAgain();
    setSaid(`Saved as version ${saved.version}. In force everywhere within 5 s.`);
  }

  return (
    <>
      <form
        ref={form}
        class="limits"
        onSubmit={(event) => {
          event.preventDefault();
          if (changes.length === 0) return;
          act.clear();
          setReviewing(true);
        }}
      >
        <p class="advice">
          An empty field is the default. 0 takes a limit away; sizes may be written as <code>64KB</code>, times as{' '}
          <code>10m</code>. What changes is shown before it is saved.
        </p>
        <Groups always={problems}>
          {(limit) => (
            <LimitField
              key={limit.path}
              limit={limit}
              text={fieldText(current.limits, typed, limit)}
              isChanged={changed.has(limit.path)}
              problem={problems[limit.path]}
              standard={standardOf(limit)}
              onText={(text) => type(limit.path, text)}
            />
          )}
        </Groups>
        {(changes.length > 0 || said !== '') && (
          <div class="save-bar">
            <p role="status">
              {mistakes > 0 && <strong class="problem">Nothing was saved: {plural(mistakes, 'mistake')}. </strong>}
              {said === '' ? `${plural(changes.length, 'change')} not saved` : said}
            </p>
            {changes.length > 0 && (
              <div class="actions">
                <button type="submit" class="primary">
                  Review and save…
                </button>
                <button type="button" class="quiet" onClick={startAgain}>
                  Throw away
                </button>
              </div>
            )}
          </div>
        )}
      </form>
      {reviewing && (
        <SaveLimits
          tenant={tenant}
          path={path}
          current={current}
          changes={changes}
          act={act}
          onSaved={onSaved}
          onOutdated={async () => setNewer(await api.get<LimitsView>(path, AbortSignal.timeout(LOAD_TIMEOUT_MS)))}
          onClose={() => setReviewing(false)}
        />
      )}
    </>
  );
}

interface GroupsProps {
  /** By path: shown whatever is looked for. */
  readonly always?: Readonly<Record<string, unknown>>;
  children(limit: NamedLimit): ComponentChild;
}

/** All limits by signal, or those whose names hold what is looked for. */
function Groups({ always = {}, children }: GroupsProps) {
  const [wanted, setWanted] = useState('');
  const found = LIMIT_GROUPS.map((group) => {
    const all = limitsOfGroup(group);
    const { items } = shownOf(all, wanted, true, ({ path, effect }) => `${path} ${effect}`);
    return { group, limits: all.filter((limit) => items.includes(limit) || Object.hasOwn(always, limit.path)) };
  }).filter(({ limits }) => limits.length > 0);
  return (
    <>
      <div class="filter">
        <input
          type="search"
          aria-label="Find a limit"
          placeholder="Find a limit: rate, label, logs…"
          autocomplete="off"
          spellcheck={false}
          value={wanted}
          onInput={(event) => setWanted(event.currentTarget.value)}
          // Looking for something saves nothing.
          onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
        />
      </div>
      {found.map(({ group, limits }) => (
        <section key={group} class={`card signal signal-${group}`} aria-labelledby={`limits-${group}`}>
          <h2 id={`limits-${group}`}>{titleOf(group)}</h2>
          {limits.map(children)}
        </section>
      ))}
      {found.length === 0 && <p class="empty">No limit is like that.</p>}
    </>
  );
}
