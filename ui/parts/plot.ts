/** What every picture by uPlot shares: its life in the page, its size, the colours of the theme. */
import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';

export const HEIGHT = 132;

/** Distances of lines on an axis of bytes: 1 B to 1 TiB. */
export const BYTE_STEPS: readonly number[] = Array.from({ length: 41 }, (_, power) => 2 ** power);

interface Plot {
  readonly box: RefObject<HTMLDivElement | null>;
  readonly plot: { readonly current: uPlot | undefined };
}

/** Makes a plot in `box`, anew where one of `remake` or the theme is another. */
export function usePlot(
  options: (element: HTMLElement) => uPlot.Options,
  data: () => uPlot.AlignedData,
  remake: readonly unknown[],
): Plot {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const theme = useThemeGeneration();
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const made = new uPlot(options(element), data(), element);
    plot.current = made;
    const resize = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    resize.observe(element);
    return () => {
      resize.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [...remake, theme]);
  return { box, plot };
}

export function themeOf(element: HTMLElement): { variable(name: string): string; readonly axis: uPlot.Axis } {
  const css = getComputedStyle(element);
  const variable = (name: string) => css.getPropertyValue(name).trim();
  return {
    variable,
    axis: {
      stroke: variable('--muted'),
      font: `11px ${css.fontFamily}`,
      grid: { stroke: variable('--line'), width: 1 },
      ticks: { show: false },
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
