/** Alloy's four states of health as urgency, and the sentence that sums a configuration up. */
import { plural } from '../format/numbers.ts';
import type { Level } from '../parts/level.ts';
import type { ComponentView, HealthView } from './api.ts';

const LEVELS: Readonly<Record<HealthView['state'], Level>> = {
  healthy: 'ok',
  unknown: 'idle',
  unhealthy: 'trouble',
  exited: 'trouble',
};
const RANK: Readonly<Record<HealthView['state'], number>> = { exited: 0, unhealthy: 1, unknown: 2, healthy: 3 };

export function levelOf({ state }: HealthView): Level {
  return LEVELS[state] ?? 'idle';
}

export function fullIdOf({ moduleID, localID }: Pick<ComponentView, 'moduleID' | 'localID'>): string {
  return moduleID === '' ? localID : `${moduleID}/${localID}`;
}

/** Every word of the search must occur in the id, the state or its message. */
export function searchComponents(components: readonly ComponentView[], search: string): ComponentView[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return components.filter((component) => {
    const text = `${fullIdOf(component)} ${component.health.state} ${component.health.message}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

/** What needs a look comes first; otherwise the order of the configuration. */
export function sortByHealth(components: readonly ComponentView[]): ComponentView[] {
  return [...components].sort((a, b) => RANK[a.health.state] - RANK[b.health.state]);
}

export function headline(components: readonly ComponentView[]): {
  readonly level: Level;
  readonly text: string;
  readonly detail: string;
} {
  const bad = components.filter(({ health }) => health.state === 'unhealthy' || health.state === 'exited');
  if (components.length === 0) {
    return { level: 'idle', text: 'No components', detail: 'The configuration holds none.' };
  }
  if (bad.length === 0) {
    return {
      level: 'ok',
      text: 'Everything runs',
      detail: `${plural(components.length, 'component')}, none unhealthy.`,
    };
  }
  const [first] = bad as [ComponentView, ...ComponentView[]];
  const text =
    bad.length === 1 ? `${fullIdOf(first)} is ${first.health.state}` : `${bad.length} components are unhealthy`;
  return { level: 'trouble', text, detail: first.health.message };
}
