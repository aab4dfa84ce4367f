/** A line without axes, the size of a word. The scale is the line's own: it shows the shape, the text tells the value. */

const WIDTH = 120;
const HEIGHT = 28;
const PADDING = 3;

export type Points = readonly (readonly [x: number, y: number])[];

/** The line in the box, newest point right; undefined where there is nothing to draw. Pure. */
export function sparklinePath(points: Points, width = WIDTH, height = HEIGHT): string | undefined {
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last || points.length < 2) return undefined;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const [, y] of points) {
    low = Math.min(low, y);
    high = Math.max(high, y);
  }
  const spanX = last[0] - first[0] || 1;
  const spanY = high - low;
  return points
    .map(([x, y], i) => {
      const px = PADDING + ((x - first[0]) / spanX) * (width - 2 * PADDING);
      const py = spanY === 0 ? height / 2 : height - PADDING - ((y - low) / spanY) * (height - 2 * PADDING);
      return `${i === 0 ? 'M' : 'L'}${round(px)} ${round(py)}`;
    })
    .join('');
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

export function Sparkline({ points, label }: { points: Points; label: string }) {
  const path = sparklinePath(points);
  if (!path) return <span class="sparkline-empty" aria-hidden="true" />;
  const end = path.slice(path.lastIndexOf('L') + 1).split(' ');
  return (
    <svg
      class="sparkline"
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={label}
    >
      <path d={path} />
      <circle cx={end[0]} cy={end[1]} r="2" />
    </svg>
  );
}
