import { describe, expect, it } from 'vitest';
import type { OutboxView } from './api.ts';
import { outboxAdvice } from './outbox-advice.ts';

const NOW = 1_700_000_000_000;

function advice(change: Partial<OutboxView>): string {
  const outbox: OutboxView = {
    destination: 'd',
    signal: 'metrics',
    state: 'idle',
    payloads: 3,
    bytes: 10,
    items: 30,
    attempts: 0,
    deadLetters: 0,
    ...change,
  };
  return outboxAdvice(outbox, NOW)
    .map(({ means, todo }) => `${means} ${todo}`)
    .join('\n');
}

const error = (reason: string) => ({ atMs: NOW, reason, detail: 'x' });

describe('what to do about an outbox', () => {
  it('that an operator paused is to resume it, also while nothing waits', () => {
    expect(advice({ state: 'held' })).toContain('Resume it');
    expect(advice({ state: 'held', payloads: 0 })).toContain('Resume it');
  });

  it('that is empty is nothing', () => {
    expect(advice({ state: 'idle', payloads: 0 })).toContain('Nothing to do');
  });

  it('that waits tells how often it failed and when it is tried again', () => {
    const text = advice({ state: 'waiting', attempts: 4, nextAttemptAtMs: NOW + 65_000 });
    expect(text).toContain('4 times in a row');
    expect(text).toContain('again in 1 min 5 s');
    expect(text).toContain('Nothing is lost');
  });

  it('that is paused depends on why: credentials, an address, or a destination that is gone', () => {
    expect(advice({ state: 'paused', lastError: error('unauthorized') })).toContain('Correct credentials');
    expect(advice({ state: 'paused', lastError: error('redirect_refused') })).toContain('Correct the URL');
    const removed = advice({ state: 'paused', lastError: error('destination_missing') });
    expect(removed).toContain('Put the destination back');
    expect(removed).toContain('Nothing refuses the data');
  });

  it('names the quota first when it is nearly full', () => {
    expect(advice({ state: 'waiting', bytes: 90, maxBytes: 100 })).toMatch(/^The outbox is 90 % full/);
    expect(advice({ state: 'waiting', bytes: 70, maxBytes: 100 })).not.toContain('% full');
  });
});
