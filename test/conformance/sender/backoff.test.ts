import { expect } from 'vitest';
import { always, gaps, type Sent } from './support/sender-case.ts';
import { senderSuite } from './support/suite.ts';

const UNAVAILABLE = always({ status: 503, body: 'Service unavailable' });

/** The number of attempts that have failed before, as the sender says. */
const attemptsOf = ({ requests }: Sent) => requests.map(({ headers }) => headers['retry-attempt']);
const attempts = (agent: number, gateway: number) => (sent: Sent) =>
  sent.requests.length >= (sent.kind === 'agent' ? agent : gateway);

senderSuite({
  TestBackoffBehavior: [
    {
      name: 'exponential_backoff_on_retries',
      script: UNAVAILABLE,
      // The ceilings double: 20 ms, 40 ms … 1280 ms for the agent, 2 s and 4 s for the gateway.
      until: attempts(8, 3),
      check: (sent) => {
        const told = attemptsOf(sent).slice(0, sent.kind === 'agent' ? 8 : 3);
        expect(told).toEqual(told.map((_, attempt) => (attempt === 0 ? undefined : String(attempt))));
        if (sent.kind === 'gateway') return;
        const waited = gaps(sent);
        // Jitter may shorten any one of them; all of the late ones below the shortest early one is one in a million.
        expect(Math.max(...waited.slice(4, 7))).toBeGreaterThan(Math.min(...waited.slice(0, 3)));
      },
    },
    {
      name: 'backoff_required',
      script: UNAVAILABLE,
      until: attempts(5, 3),
      check: (sent) => {
        // Below the floors of 10 ms and 1 s, because a receiver sees more than the sender's own timer.
        const floorMs = sent.kind === 'agent' ? 5 : 500;
        for (const waited of gaps(sent)) expect(waited).toBeGreaterThan(floorMs);
      },
    },
    {
      name: 'backoff_max_delay',
      script: always({ status: 502, body: 'Bad gateway' }),
      queue: 'min_backoff = "10ms"\n      max_backoff = "40ms"',
      // Without the cap the fifteenth attempt would be minutes away. The gateway says when it comes back.
      until: attempts(15, 2),
      check: async (sent) => {
        if (sent.kind === 'gateway') expect(await sent.nextAttemptInMs()).toBeLessThanOrEqual(30_000);
        else expect(sent.requests.length).toBeGreaterThanOrEqual(15);
      },
    },
    {
      name: 'backoff_with_jitter',
      script: UNAVAILABLE,
      queue: 'min_backoff = "10ms"\n      max_backoff = "400ms"',
      until: attempts(20, 2),
      check: (sent) => {
        if (sent.kind === 'gateway') {
          expect(sent.requests.length).toBeGreaterThanOrEqual(2);
          return;
        }
        // From the seventh on the ceiling is the cap: without jitter every wait would be at least that long.
        expect(Math.min(...gaps(sent).slice(6))).toBeLessThan(350);
      },
    },
  ],
});
