/** What a check sees of the requests of one case. */
import type { SentRequest } from './decoded-request.ts';
import type { Sent } from './sender-case.ts';

export type Asking = Pick<
  Sent,
  'kind' | 'trouble' | 'rejected' | 'waiting' | 'delivered' | 'nextAttemptInMs' | 'pushStatus'
>;

/** Not one that only says that the first scrape was too slow. */
export function firstExposed(requests: readonly SentRequest[]): SentRequest | undefined {
  return requests.find(({ series }) => series.some(({ labels }) => !/^(up$|scrape_)/.test(labels.__name__ ?? '')));
}

/** `requests` is read anew each time: a sender goes on sending while a check waits. */
export function sentBy(requests: () => readonly SentRequest[], asking: Asking): Sent {
  return {
    ...asking,
    get requests() {
      return requests();
    },
    get request() {
      const found = firstExposed(requests());
      if (found === undefined) throw new Error('no request has what the target exposes');
      return found;
    },
    get series() {
      return requests().flatMap(({ series }) => series);
    },
    named(name) {
      return this.series.filter(({ labels }) => labels.__name__ === name);
    },
    one(name) {
      const [found] = this.named(name);
      if (found === undefined) throw new Error(`no series ${name} among ${this.series.length}`);
      return found;
    },
  };
}
