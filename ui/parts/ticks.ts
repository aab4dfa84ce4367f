/** Where the marks of an axis stand. Pure. */

/** Back from the last whole number by `step`: the newest day has its mark, whatever else has room. */
export function ticksFromLast(low: number, high: number, step: number): number[] {
  const ticks: number[] = [];
  for (let tick = Math.floor(high); tick >= low; tick -= step) ticks.unshift(tick);
  return ticks;
}
