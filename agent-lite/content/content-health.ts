/** Health of something that is read again and again: says when it begins to fail and when it is well again, not each time. */
import type { Health } from '../../core/alloy/component.ts';
import type { HostContext } from '../context.ts';

export class ContentHealth {
  readonly #context: Pick<HostContext, 'clock' | 'logger'>;
  #health: Health;

  constructor(context: Pick<HostContext, 'clock' | 'logger'>, first: Health) {
    this.#context = context;
    this.#health = first;
  }

  get health(): Health {
    return this.#health;
  }

  good(message: string): void {
    if (this.#health.state === 'unhealthy') this.#context.logger.info('content can be read again');
    this.#health = { state: 'healthy', message };
  }

  /** `isKept`: there is a last good content, which stays in force. */
  bad(reason: string, isKept: boolean): void {
    const err = isKept ? `${reason}; the last content is kept` : reason;
    if (this.#health.state !== 'unhealthy') this.#context.logger.warn('content cannot be read', { err });
    const at = new Date(this.#context.clock.nowMs()).toISOString();
    this.#health = { state: 'unhealthy', message: `${at}: ${err}` };
  }
}
