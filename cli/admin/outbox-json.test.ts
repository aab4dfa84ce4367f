import { describe, expect, it } from 'vitest';
import { type OutboxDetailsJson, outboxDetails, outboxTable } from './outbox-json.ts';

const NOW = 1_700_000_000_000;

function paused(reason: string): OutboxDetailsJson {
  return {
    destination: 'loki.write.main',
    signal: 'logs',
    state: 'paused',
    payloads: 1,
    bytes: 10,
    items: 2,
    oldestAtMs: NOW - 60_000,
    attempts: 1,
    nextAttemptAtMs: NOW + 60_000,
    lastError: { atMs: NOW, reason, detail: 'x' },
    deadLetters: 0,
    ledger: { accepted: 2, queued: 2, delivered: 0, rejected: 0, dropped: 0 },
    deadLetterList: [],
  };
}

describe('a paused outbox', () => {
  it('was refused, where the destination said so', () => {
    expect(outboxTable([paused('unauthorized')], NOW)).toContain('paused by refusal');
    expect(outboxDetails(paused('unauthorized'), NOW)).toContain('correct URL or credentials');
  });

  it('whose destination left the pipeline says that, because nobody refused anything', () => {
    const texts = [
      outboxTable([paused('destination_missing')], NOW),
      outboxDetails(paused('destination_missing'), NOW),
    ];
    for (const text of texts) {
      expect(text).toContain('not in the pipeline');
      expect(text).not.toContain('refusal');
    }
    expect(texts[1]).toContain('put the destination back into the pipeline');
  });
});
