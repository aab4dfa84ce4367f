/** A value over time with axes and a cursor, drawn by uPlot. Colours come from the theme's CSS, so dark mode redraws. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import { formatShort } from '../format/numbers.ts';
import { formatClock, formatDuration } from '../format/time.ts';
import { HEIGHT, themeOf, usePlot } from './plot.ts';
import type { Points } from './sparkline.tsx';

export interface ChartProps {
  readonly points: Points;
  /** Name of the CSS variable of the line's colour, e.g. `--metrics`. */
  readonly color: string;
  /** What is drawn, for people who do not see it: `metrics, samples per second`. */
  readonly label: string;
  /** Put behind the value; a unit that changes with the value is a matter of `format`. */
  readonly unit?: string;
  format?(value: number): string;
  /** Distances that the lines of the value axis may have, for values whose round numbers are not decimal. */
  readonly steps?: readonly number[];
  /** What the time axis shows; what the points cover where it is not given. */
  readonly span?: readonly [fromMs: number, toMs: number];
  /** Charts of one name have one cursor. */
  readonly sync?: string;
}

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3600;
const TIME_STEPS = [
  ...[1, 2, 5, 10, 15, 30].map((step) => step * MINUTE_SECONDS),
  ...[1, 2, 3, 6].map((step) => step * HOUR_SECONDS),
];

export function Chart(props: ChartProps) {
  if (props.points.length < 2) return <p class="chart chart-empty">No history yet</p>;
  return <Plot {...props} />;
}

interface Hovered {
  readonly atMs: number;
  readonly value: number;
}

function Plot(props: ChartProps) {
  const { points, color, label, span, sync } = props;
  const latest = useRef(props);
  latest.current = props;
  const [hovered, setHovered] = useState<Hovered>();
  const { box, plot } = usePlot(
    (element) => plotOptions(element, latest, setHovered),
    () => plotData(latest.current.points),
    [color, sync],
  );
  // Not a new plot: new points and a new span are set.
  useEffect(() => plot.current?.setData(plotData(points)), [points, span?.[0], span?.[1]]);

  const text = (value: number) => valueText(props, value);
  const readout = hovered ? `${formatClock(hovered.atMs)}  ${text(hovered.value)}` : peakText(props);
  const summary = `${label}: now ${text(points.at(-1)![1])}, highest ${text(peak(points))}`;
  return (
    <figure class="chart">
      <div ref={box} class="chart-plot" role="img" aria-label={summary} />
      <figcaption class="chart-readout" aria-hidden="true">
        {readout}
      </figcaption>
    </figure>
  );
}

function valueText({ format = formatShort, unit }: ChartProps, value: number): string {
  return unit === undefined ? format(value) : `${format(value)} ${unit}`;
}

function peak(points: Points): number {
  return points.reduce((highest, [, value]) => Math.max(highest, value), 0);
}

function peakText(props: ChartProps): string {
  const { points, span = [points[0]![0], points.at(-1)![0]] } = props;
  const minutes = Math.max(1, Math.round((span[1] - span[0]) / 60_000));
  return `last ${formatDuration(minutes * 60_000)}, peak ${valueText(props, peak(points))}`;
}

function plotData(points: Points): uPlot.AlignedData {
  return [points.map(([x]) => x / 1000), points.map(([, y]) => y)];
}

function plotOptions(
  element: HTMLElement,
  latest: { readonly current: ChartProps },
  onHover: (point: Hovered | undefined) => void,
): uPlot.Options {
  const { color, format = formatShort, steps, sync } = latest.current;
  const { variable, axis } = themeOf(element);
  return {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [8, 18, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: false, y: false },
      points: { size: 7 },
      ...(sync === undefined ? {} : { sync: { key: sync, scales: ['x', null] } }),
    },
    scales: {
      x: {
        range: (_plot, low, high) => {
          const [fromMs, toMs] = latest.current.span ?? [low * 1000, high * 1000];
          return [fromMs / 1000, toMs / 1000];
        },
      },
      y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.15 : 1] },
    },
    axes: [
      {
        ...axis,
        size: 24,
        space: 70,
        grid: { show: false },
        values: (_plot, seconds) => seconds.map((second) => formatClock(second * 1000).slice(0, 5)),
        incrs: TIME_STEPS,
      },
      {
        ...axis,
        size: format === formatShort ? 46 : 64,
        space: steps === undefined ? 36 : 28,
        values: (_plot, values) => values.map(format),
        ...(steps === undefined ? {} : { incrs: [...steps] }),
      },
    ],
    series: [
      {},
      {
        stroke: variable(color),
        fill: `color-mix(in srgb, ${variable(color)} 14%, transparent)`,
        width: 1.75,
        points: { show: false },
      },
    ],
    hooks: {
      setCursor: [
        (plot) => {
          const index = plot.cursor.idx;
          const x = index == null ? undefined : plot.data[0][index];
          const y = index == null ? undefined : plot.data[1]?.[index];
          onHover(x == null || y == null ? undefined : { atMs: x * 1000, value: y });
        },
      ],
    },
  };
}
