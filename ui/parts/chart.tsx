/** Rates over time with axes and a cursor, drawn by uPlot. Colours come from the theme's CSS, so dark mode redraws. */
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { formatShort } from '../format/numbers.ts';
import { formatClock } from '../format/time.ts';
import type { Points } from './sparkline.tsx';

export interface ChartProps {
  readonly points: Points;
  /** Name of the CSS variable of the line's colour, e.g. `--metrics`. */
  readonly color: string;
  /** What is drawn, for people who do not see it: `metrics, samples per second`. */
  readonly label: string;
  readonly unit: string;
}

const HEIGHT = 132;

export function Chart(props: ChartProps) {
  if (props.points.length < 2) return <p class="chart chart-empty">No history yet</p>;
  return <Plot {...props} />;
}

function Plot({ points, color, label, unit }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const [hovered, setHovered] = useState<{ atMs: number; value: number }>();
  const theme = useThemeGeneration();

  // Not for new points: those are set below, without a new plot.
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const made = new uPlot(plotOptions(element, color, setHovered), plotData(points), element);
    plot.current = made;
    const resize = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    resize.observe(element);
    return () => {
      resize.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [color, theme]);

  useEffect(() => plot.current?.setData(plotData(points)), [points]);

  return (
    <figure class="chart">
      <div ref={box} class="chart-plot" role="img" aria-label={chartSummary(points, label)} />
      <figcaption class="chart-readout" aria-hidden="true">
        {hovered ? `${formatClock(hovered.atMs)}  ${formatShort(hovered.value)} ${unit}` : peakText(points, unit)}
      </figcaption>
    </figure>
  );
}

function peak(points: Points): number {
  return points.reduce((highest, [, value]) => Math.max(highest, value), 0);
}

function peakText(points: Points, unit: string): string {
  const minutes = Math.max(1, Math.round((points.at(-1)![0] - points[0]![0]) / 60_000));
  return `last ${minutes} min, peak ${formatShort(peak(points))} ${unit}`;
}

function chartSummary(points: Points, label: string): string {
  return `${label}: now ${formatShort(points.at(-1)![1])}, highest ${formatShort(peak(points))}`;
}

function plotData(points: Points): uPlot.AlignedData {
  return [points.map(([x]) => x / 1000), points.map(([, y]) => y)];
}

function plotOptions(
  element: HTMLElement,
  color: string,
  onHover: (point: { atMs: number; value: number } | undefined) => void,
): uPlot.Options {
  const css = getComputedStyle(element);
  const variable = (name: string) => css.getPropertyValue(name).trim();
  const axis: uPlot.Axis = {
    stroke: variable('--muted'),
    font: `11px ${css.fontFamily}`,
    grid: { stroke: variable('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [8, 18, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
    scales: { y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.15 : 1] } },
    axes: [
      {
        ...axis,
        size: 24,
        space: 70,
        grid: { show: false },
        values: (_plot, seconds) => seconds.map((second) => formatClock(second * 1000).slice(0, 5)),
        incrs: [60, 120, 300, 600, 900, 1800, 3600],
      },
      { ...axis, size: 46, space: 36, values: (_plot, values) => values.map(formatShort) },
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

/** Moves when the system changes between light and dark. */
function useThemeGeneration(): number {
  const [generation, setGeneration] = useState(0);
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)');
    const onChange = () => setGeneration((before) => before + 1);
    query.addEventListener('change', onChange);
    return () => query.removeEventListener('change', onChange);
  }, []);
  return generation;
}
