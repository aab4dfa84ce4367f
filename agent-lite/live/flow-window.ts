/** Adds up what flows between the components of one module and tells it as rates, window by window. */
import type { FlowView } from '../../ui/agent/api.ts';
import type { FlowType } from './live-view.ts';
import { fullId, localIn } from './module-path.ts';

interface Tally {
  readonly from: string;
  readonly to: string | undefined;
  readonly type: FlowType;
  items: number;
}

export class FlowWindow {
  readonly #moduleId: string;
  #tallies = new Map<string, Tally>();

  constructor(moduleId: string) {
    this.#moduleId = moduleId;
  }

  /** Flow inside of a module, or between others, is none of the picture's edges. */
  add(from: string, to: string | undefined, type: FlowType, items: number): void {
    const localFrom = localIn(this.#moduleId, from);
    const localTo = to === undefined ? undefined : localIn(this.#moduleId, to);
    if (localFrom === undefined || localFrom === localTo || (to !== undefined && localTo === undefined)) return;
    const key = `${localFrom}\n${localTo ?? ''}\n${type}`;
    const known = this.#tallies.get(key);
    if (known === undefined) this.#tallies.set(key, { from: localFrom, to: localTo, type, items });
    else known.items += items;
  }

  /** What came since the last call. */
  take(seconds: number): FlowView[] {
    const tallies = [...this.#tallies.values()];
    this.#tallies = new Map();
    const id = (local: string) => fullId(this.#moduleId, local);
    return tallies.map(({ from, to, type, items }) => ({
      componentID: id(from),
      targetComponentIDs: to === undefined ? [] : [id(to)],
      type,
      rate: items / seconds,
    }));
  }
}
