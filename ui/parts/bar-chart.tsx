/** A value for each of some whole numbers (days), as bars with axes and a cursor, drawn by uPlot. */
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { HEIGHT, themeOf, usePlot } from './plot.ts';
import { ticksFromLast } from './ticks.ts';

export interface BarChartProps {
  readonly bars: readonly (readonly [x: number, value: number])[];
  /** Name of the CSS variable of the bars' colour, e.g. `--metrics`. */
  readonly color: string;
  /** What is drawn, for people who do not see it. */
  readonly label: string;
  format(value: number): string;
  /** Distances that the lines of the value axis may have, for values whose round numbers are not decimal. */
  readonly steps?: readonly number[];
  formatX(x: number): string;
}

export function BarChart(props: BarChartProps) {
  if (props.bars.every(([, value]) => value === 0)) return <p class="chart chart-empty">Nothing in these days</p>;
  return <Bars {...props} />;
}

function Bars(props: BarChartProps) {
  const { bars, color, label, format, formatX } = props;
  const latest = useRef(props);
  latest.current = props;
  const [hovered, setHovered] = useState<readonly [number, number]>();
  const { box, plot } = usePlot(
    (element) => options(element, latest, setHovered),
    () => dataOf(latest.current.bars),
    [color, format],
  );
  useEffect(() => plot.current?.setData(dataOf(bars)), [bars]);
  const [peakX, peak] = bars.reduce((highest, bar) => (bar[1] > highest[1] ? bar : highest), [0, 0] as const);
  const peakText = `most on ${formatX(peakX)}: ${format(peak)}`;
  return (
    <figure class="chart">
      <div ref={box} class="chart-plot" role="img" aria-label={`${label}: ${peakText}`} />
      <figcaption class="chart-readout" aria-hidden="true">
        {hovered ? `${formatX(hovered[0])}  ${format(hovered[1])}` : peakText}
      </figcaption>
    </figure>
  );
}

function dataOf(bars: BarChartProps['bars']): uPlot.AlignedData {
  return [bars.map(([x]) => x), bars.map(([, value]) => value)];
}

const STEPS = [1, 2, 5, 7, 10, 14, 30, 60, 90];
/** Half a bar, so that the first and the last are whole. */
const EDGE = 0.5;

function options(
  element: HTMLElement,
  latest: { readonly current: BarChartProps },
  onHover: (bar: readonly [number, number] | undefined) => void,
): uPlot.Options {
  const { color, format, steps } = latest.current;
  const { variable, axis } = themeOf(element);
  return {
    width: element.clientWidth,
    height: HEIGHT,
    // Half of the last day's mark stands beyond its bar.
    padding: [8, 20, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    scales: {
      x: { time: false, range: (_plot, low, high) => [low - EDGE, high + EDGE] },
      y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.1 : 1] },
    },
    axes: [
      {
        ...axis,
        size: 24,
        space: 54,
        grid: { show: false },
        incrs: STEPS,
        splits: (_plot, _axis, low, high, step) => ticksFromLast(low, high, step),
        values: (_plot, xs) => xs.map((x) => latest.current.formatX(x)),
      },
      {
        ...axis,
        size: 64,
        space: 36,
        values: (_plot, values) => values.map(format),
        ...(steps === undefined ? {} : { incrs: [...steps] }),
      },
    ],
    series: [
      {},
      {
        stroke: variable(color),
        fill: `color-mix(in srgb, ${variable(color)} 62%, transparent)`,
        width: 0,
        points: { show: false },
        paths: uPlot.paths.bars!({ size: [0.72, 40], radius: 0.12 }),
      },
    ],
    hooks: {
      setCursor: [
        (plot) => {
          const index = plot.cursor.idx;
          onHover(index == null ? undefined : latest.current.bars[index]);
        },
      ],
    },
  };
}
