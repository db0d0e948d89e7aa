import { useEffect, useRef } from "preact/hooks";
import UPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Usage } from "../../../../../sdk/src/index.ts";
import { language } from "../../../text/language.ts";
import { locale } from "../../../text/texts.ts";
import styles from "../account.module.css";
import { accountText } from "../messages.ts";
import { chartDays } from "./chart-days.ts";

const height = 196;

/** Bars of what each day cost. The table beside it says the same in text. */
export default function SpendingChart({ usage }: { readonly usage: Usage }) {
  const box = useRef<HTMLDivElement>(null);
  const shownLanguage = language.value;
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const [days, amounts] = chartDays(usage);
    const draw = () => new UPlot(chartOptions(element, usage.currency), [[...days], [...amounts]], element);
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
  }, [usage, shownLanguage]);
  return <div ref={box} class={styles.chart} role="img" aria-label={accountText("chart")} />;
}

function chartOptions(element: HTMLElement, currency: string): UPlot.Options {
  const css = getComputedStyle(document.documentElement);
  const color = (name: string) => css.getPropertyValue(name).trim();
  const axis = { stroke: color("--text-2"), grid: { stroke: color("--line"), width: 1 }, ticks: { show: false } };
  const amount = new Intl.NumberFormat(locale(), {
    style: "currency",
    currency: currency.toUpperCase(),
    currencyDisplay: "narrowSymbol",
    maximumSignificantDigits: 2,
  });
  const day = new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short", timeZone: "UTC" });
  return {
    width: innerWidthOf(element),
    height,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: true }, y: { range: (_plot, _min, max) => [0, max === 0 ? 1 : max * 1.1] } },
    axes: [
      { ...axis, grid: { show: false }, values: (_plot, values) => values.map((at) => day.format(at * 1_000)) },
      { ...axis, size: 72, values: (_plot, values) => values.map((value) => amount.format(value)) },
    ],
    series: [{}, { fill: color("--chart-1"), width: 0, paths: UPlot.paths.bars!({ size: [0.7, 40] }) }],
  };
}

function innerWidthOf(element: HTMLElement): number {
  const { paddingLeft, paddingRight } = getComputedStyle(element);
  return Math.max(100, element.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight));
}
