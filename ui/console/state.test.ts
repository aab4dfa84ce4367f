import { describe, expect, it } from 'vitest';
import type { OutboxView, TenantView } from './api.ts';
import {
  agentState,
  describeAgent,
  firstTenant,
  outboxState,
  SILENT_AFTER_MS,
  sortOutboxes,
  tenantChoices,
  tenantHeadline,
} from './state.ts';

const NOW = 1_700_000_000_000;

function outbox(change: Partial<OutboxView> = {}): OutboxView {
  return {
    destination: 'prometheus.remote_write.mimir',
    signal: 'metrics',
    state: 'empty',
    payloads: 0,
    bytes: 0,
    items: 0,
    attempts: 0,
    deadLetters: 0,
    ...change,
  };
}

function tenant(change: Partial<TenantView> = {}): TenantView {
  const signal = { itemsPerSecond: 0, acceptedTotal: 0, rejectedTotal: 0, droppedTotal: 0, history: [] };
  return {
    name: 'home',
    signals: {
      metrics: { ...signal, itemsPerSecond: 120, acceptedTotal: 5 },
      logs: signal,
      traces: signal,
      profiles: signal,
    },
    agents: [{ id: 'host-1', lastSeenAtMs: NOW - 1000 }],
    outboxes: [outbox()],
    errors: [],
    ...change,
  };
}

describe('an agent', () => {
  it('is reporting until it has been silent for longer than the limit', () => {
    expect(agentState({ id: 'a', lastSeenAtMs: NOW - SILENT_AFTER_MS }, NOW)).toEqual({
      level: 'ok',
      text: 'reporting',
    });
  });

  it('is silent after that, with how long', () => {
    expect(agentState({ id: 'a', lastSeenAtMs: NOW - 185_000 }, NOW)).toEqual({
      level: 'attention',
      text: 'silent for 3 min 5 s',
    });
  });
});

describe('an agent of which nothing is taken', () => {
  const agent = { id: 'a', lastSeenAtMs: NOW };

  it('is refused, not reporting, although it pushes', () => {
    expect(agentState({ ...agent, lastTakenAtMs: null }, NOW)).toEqual({ level: 'trouble', text: 'refused, always' });
    expect(agentState({ ...agent, lastTakenAtMs: NOW - 185_000 }, NOW)).toEqual({
      level: 'trouble',
      text: 'refused, for 3 min 5 s',
    });
  });

  it('is reporting while something of it was taken lately', () => {
    expect(agentState({ ...agent, lastTakenAtMs: NOW - SILENT_AFTER_MS }, NOW).text).toBe('reporting');
  });
});

describe('the name of an agent', () => {
  it('is the host that its User-Agent tells, with the beginning of its id', () => {
    const agent = {
      id: '4fbc6abc-b077',
      lastSeenAtMs: 0,
      userAgent: 'spillway-agent-lite/0.1.0 (web-1.example)',
      tokenName: 't',
    };
    expect(describeAgent(agent)).toEqual({ name: 'web-1.example', detail: 'agent-lite 0.1.0 · token t · id 4fbc6abc' });
  });

  it('of another client is its token, told from tokens of the same name by the id', () => {
    const client = { id: 'token:8fk2', lastSeenAtMs: 0, userAgent: 'Prometheus/3.5', tokenName: 'ci' };
    expect(describeAgent(client)).toEqual({ name: 'ci', detail: 'Prometheus/3.5 · token id 8fk2' });
  });

  it('is the id of one that tells nothing else', () => {
    expect(describeAgent({ id: 'job', lastSeenAtMs: 0 })).toEqual({ name: 'job', detail: '' });
  });
});

describe('a client that is not our agent', () => {
  it('may be silent for as long as it likes', () => {
    const client = { id: 'job', lastSeenAtMs: NOW - 3_600_000, kind: 'client' } as const;
    expect(agentState(client, NOW)).toEqual({ level: 'idle', text: 'last push 1 h ago' });
    expect(tenantHeadline(tenant({ agents: [client] }), NOW).level).toBe('ok');
  });
});

describe('an outbox', () => {
  it('with a payload never reads as empty, whatever its state says', () => {
    expect(outboxState(outbox({ payloads: 1, state: 'empty' }))).toEqual({ level: 'attention', text: 'draining' });
  });

  it('that is paused is trouble even while nothing waits', () => {
    expect(outboxState(outbox({ state: 'paused' }))).toEqual({ level: 'trouble', text: 'paused' });
  });

  it('whose destination left the pipeline says so, and not that it was refused', () => {
    const lastError = { atMs: NOW, reason: 'destination_missing', detail: 'x' };
    const removed = outbox({ state: 'paused', payloads: 1, lastError });
    expect(outboxState(removed)).toEqual({ level: 'trouble', text: 'not in the pipeline' });
    expect(tenantHeadline(tenant({ outboxes: [removed] }), NOW).text).toBe(
      'prometheus.remote_write.mimir is not in the pipeline any more',
    );
  });

  it('that an operator paused never reads as empty', () => {
    expect(outboxState(outbox({ state: 'held' }))).toEqual({ level: 'attention', text: 'paused by an operator' });
    expect(tenantHeadline(tenant({ outboxes: [outbox({ state: 'held' })] }), NOW)).toMatchObject({
      level: 'attention',
      text: 'prometheus.remote_write.mimir is paused by an operator',
    });
  });

  it('shows a state this page does not know as it is', () => {
    expect(outboxState(outbox({ state: 'waiting', payloads: 3 })).text).toBe('waiting to retry');
    expect(outboxState(outbox({ state: 'backing_off', payloads: 3 })).text).toBe('backing off');
  });

  it('in trouble comes before the older backlog, and that before the younger', () => {
    const sorted = sortOutboxes(
      [
        outbox({ destination: 'empty' }),
        outbox({ destination: 'young', payloads: 1, state: 'draining', oldestAtMs: NOW - 1000 }),
        outbox({ destination: 'old', payloads: 1, state: 'draining', oldestAtMs: NOW - 9000 }),
        outbox({ destination: 'paused', state: 'paused' }),
      ],
      NOW,
    );
    expect(sorted.map((one) => one.destination)).toEqual(['paused', 'old', 'young', 'empty']);
  });
});

describe('the headline', () => {
  it('says that everything is delivered only where no outbox holds anything', () => {
    expect(tenantHeadline(tenant(), NOW)).toEqual({
      level: 'ok',
      text: 'Everything is delivered',
      detail: '120 samples/s. 1 destination, no backlog.',
    });
  });

  it('names the one destination that is behind, how much waits and for how long', () => {
    const behind = outbox({ state: 'draining', payloads: 4, items: 1234, oldestAtMs: NOW - 65_000 });
    const headline = tenantHeadline(tenant({ outboxes: [outbox({ destination: 'loki' }), behind] }), NOW);
    expect(headline).toMatchObject({ level: 'attention', text: 'prometheus.remote_write.mimir is behind' });
    expect(headline.detail).toContain('1,234 samples waiting, oldest 1 min 5 s');
  });

  it('puts a paused destination before a backlog and tells its last answer', () => {
    const paused = outbox({
      destination: 'loki.write.main',
      signal: 'logs',
      state: 'paused',
      payloads: 1,
      items: 1,
      oldestAtMs: NOW - 5000,
      lastError: { atMs: NOW, status: 401, reason: 'destination_unauthorized', detail: 'no org id' },
    });
    const headline = tenantHeadline(tenant({ outboxes: [outbox({ payloads: 9, state: 'draining' }), paused] }), NOW);
    expect(headline).toEqual({
      level: 'trouble',
      text: 'loki.write.main is paused',
      detail: '1 line kept, oldest 5 s. 401: no org id',
    });
  });

  it('tells a silent agent once deliveries are fine', () => {
    const agents = [
      { id: 'a', lastSeenAtMs: NOW },
      { id: 'b', lastSeenAtMs: NOW - 600_000 },
    ];
    expect(tenantHeadline(tenant({ agents }), NOW)).toMatchObject({ level: 'attention', text: 'Agent b is silent' });
  });

  it('of a tenant that never sent anything waits for the first data', () => {
    const signal = { itemsPerSecond: 0, acceptedTotal: 0, rejectedTotal: 0, droppedTotal: 0, history: [] };
    const fresh = tenant({
      signals: { metrics: signal, logs: signal, traces: signal, profiles: signal },
      agents: [],
      outboxes: [],
    });
    expect(tenantHeadline(fresh, NOW).level).toBe('idle');
  });
});

describe('the tenant shown first', () => {
  const fresh = tenant({ name: 'z', agents: [{ id: 'a', lastSeenAtMs: NOW, lastTakenAtMs: NOW - 1000 }] });
  const stale = tenant({ name: 'a', agents: [{ id: 'b', lastSeenAtMs: NOW, lastTakenAtMs: NOW - 9000 }] });

  it('is the one with the newest data, not the first by name and not one that never sent anything', () => {
    const unused = tenant({ name: '0', agents: [{ id: 'c', lastSeenAtMs: NOW, lastTakenAtMs: null }] });
    expect(firstTenant({ tenants: [unused, stale, fresh] }, NOW)?.name).toBe('z');
  });

  it('is the one looked at last, while nothing is wrong elsewhere and as long as it exists', () => {
    expect(firstTenant({ tenants: [stale, fresh] }, NOW, 'a')?.name).toBe('a');
    expect(firstTenant({ tenants: [stale, fresh] }, NOW, 'gone')?.name).toBe('z');
  });

  it('is the one with a destination in trouble before all others, and a backlog counts once it has an age', () => {
    const paused = tenant({ name: 'b', outboxes: [outbox({ state: 'paused' })] });
    const behind = (ageMs: number) =>
      tenant({ name: 'c', outboxes: [outbox({ state: 'waiting', payloads: 1, oldestAtMs: NOW - ageMs })] });
    expect(firstTenant({ tenants: [fresh, behind(61_000), paused] }, NOW, 'z')?.name).toBe('b');
    expect(firstTenant({ tenants: [fresh, behind(61_000)] }, NOW, 'z')?.name).toBe('c');
    expect(firstTenant({ tenants: [fresh, behind(5_000)] }, NOW, 'z')?.name).toBe('z');
  });

  it('is none where there are no tenants', () => {
    expect(firstTenant({ tenants: [] }, NOW)).toBeUndefined();
  });
});

describe('the tenants to choose from', () => {
  const quiet = Array.from({ length: 40 }, (_, i) => tenant({ name: `team-${i}` }));
  const broken = tenant({ name: 'zoo', outboxes: [outbox({ state: 'paused', payloads: 1 })] });
  const names = (tenants: readonly TenantView[], count: number, current?: string) =>
    tenantChoices(tenants, count, NOW, current).map(({ name }) => name);

  it('are all of a few, by name', () => {
    expect(names([broken, tenant({ name: 'b' }), tenant({ name: 'a' })], 3)).toEqual(['a', 'b', 'zoo']);
  });

  it('are of many the one that is looked at and those that need somebody', () => {
    expect(names([...quiet, broken], 41, 'team-7')).toEqual(['team-7', 'zoo']);
    expect(names([...quiet, broken], 300)).toEqual(['zoo']);
  });

  it('are never a wall of trouble', () => {
    const all = quiet.map(({ name }) => ({ ...broken, name }));
    expect(names(all, 40)).toHaveLength(8);
  });
});
