/** Health of a component: the least healthy of its evaluation, its running and what it says of itself. */
import type { Health } from './component.ts';

const RANK: Readonly<Record<Health['state'], number>> = { healthy: 0, unknown: 1, unhealthy: 2, exited: 3 };

export function leastHealthy(...healths: readonly Health[]): Health {
  return healths.reduce((worst, health) => (RANK[health.state] > RANK[worst.state] ? health : worst));
}

export const CREATED: Health = { state: 'unknown', message: 'component created' };
export const EVALUATED: Health = { state: 'healthy', message: 'component evaluated' };
export const STARTED: Health = { state: 'healthy', message: 'started component' };
