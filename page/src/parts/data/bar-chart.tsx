import { useEffect, useRef } from "preact/hooks";
import UPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { language } from "../../text/language.ts";
import { locale } from "../../text/texts.ts";
import styles from "./bar-chart.module.css";

const height = 196;

export interface BarChartProps {
  /** Names it for screen readers; the same values stand in text near it. */
  readonly label: string;
  /** Oldest first; `at` in seconds since the epoch. */
  readonly points: readonly { readonly at: number; readonly value: number }[];
  readonly formatAt: (at: number, locale: string) => string;
  readonly formatValue: (value: number, locale: string) => string;
}

/** One series of bars over time. Loaded when it is shown: it brings uPlot. */
export default function BarChart({ label, points, formatAt, formatValue }: BarChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const shownLanguage = language.value;
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const draw = () =>
      new UPlot(
        chartOptions(element, { formatAt, formatValue }),
        [points.map(({ at }) => at), points.map(({ value }) => value)],
        element,
      );
    let plot = draw();
    const again = () => {
      plot.destroy();
      plot = draw();
    };
    // The canvas has the theme's colours in it.
    const theme = new MutationObserver(again);
    theme.observe(document.documentElement, { attributes: true });
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", again);
    const resized = new ResizeObserver(() => plot.setSize({ width: innerWidthOf(element), height }));
    resized.observe(element);
    return () => {
      theme.disconnect();
      scheme.removeEventListener("change", again);
      resized.disconnect();
      plot.destroy();
    };
  }, [points, shownLanguage]);
  return <div ref={box} class={styles.chart} role="img" aria-label={label} />;
}

function chartOptions(
  element: HTMLElement,
  { formatAt, formatValue }: Pick<BarChartProps, "formatAt" | "formatValue">,
): UPlot.Options {
  const css = getComputedStyle(document.documentElement);
  const color = (name: string) => css.getPropertyValue(name).trim();
  const axis = { stroke: color("--text-2"), grid: { stroke: color("--line"), width: 1 }, ticks: { show: false } };
  return {
    width: innerWidthOf(element),
    height,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: true }, y: { range: (_plot, _min, max) => [0, max === 0 ? 1 : max * 1.1] } },
    axes: [
      { ...axis, grid: { show: false }, values: (_plot, values) => values.map((at) => formatAt(at, locale())) },
      { ...axis, size: 72, values: (_plot, values) => values.map((value) => formatValue(value, locale())) },
    ],
    series: [{}, { fill: color("--chart-1"), width: 0, paths: UPlot.paths.bars!({ size: [0.7, 40] }) }],
  };
}

function innerWidthOf(element: HTMLElement): number {
  const { paddingLeft, paddingRight } = getComputedStyle(element);
  return Math.max(100, element.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight));
}
