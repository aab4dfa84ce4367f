import { expect, it } from 'vitest';
import type { Overview } from './api.ts';
import { BacklogHistory } from './backlog-history.ts';

function overview(items: Readonly<Record<string, number>>): Overview {
  const outboxes = Object.entries(items).map(([destination, waiting]) => ({
    destination,
    signal: 'metrics',
    state: 'draining',
    payloads: waiting > 0 ? 1 : 0,
    bytes: 0,
    items: waiting,
    attempts: 0,
    deadLetters: 0,
  }));
  const signal = { itemsPerSecond: 0, acceptedTotal: 0, rejectedTotal: 0, droppedTotal: 0, history: [] };
  const tenant = {
    name: 't',
    signals: { metrics: signal, logs: signal, traces: signal, profiles: signal },
    agents: [],
    outboxes,
    errors: [],
  };
  return { tenants: [tenant] };
}

it('shows how a backlog grew and drained, back to zero', () => {
  const history = new BacklogHistory();
  for (const [i, items] of [0, 5, 9, 0].entries()) history.add(overview({ a: items, b: 0 }), i);
  expect(history.of('t', 'a', 'metrics')).toEqual([
    [0, 0],
    [1, 5],
    [2, 9],
    [3, 0],
  ]);
});

it('of a destination where nothing waited is empty', () => {
  const history = new BacklogHistory();
  history.add(overview({ a: 0 }), 0);
  expect(history.of('t', 'a', 'metrics')).toEqual([]);
});

it('forgets a destination that is gone', () => {
  const history = new BacklogHistory();
  history.add(overview({ a: 5 }), 0);
  history.add(overview({}), 1);
  history.add(overview({ a: 5 }), 2);
  expect(history.of('t', 'a', 'metrics')).toEqual([[2, 5]]);
});
