import type { Outcome } from "./simulate.ts";
import type { Trace } from "./traces.ts";

interface Row {
  readonly trace: Trace;
  readonly policy: string;
  readonly outcome: Outcome;
}

const width = 920;
const rowHeight = 20;
const left = 330;
const colours = ["#2f6fde", "#9aa3b2", "#c9b037"];
const names = ["ours", "target tracking", "step scaling"];

/**
 * GPU hours of every policy on every trace as bars (length in proportion to ours), with the wait beside them. An SVG
 * document.
 */
export function scalingChart(rows: readonly Row[]): string {
  const parts: string[] = [];
  const traces = [...new Set(rows.map(({ trace }) => trace))];
  let y = 52;
  for (const trace of traces) {
    const mine = rows.filter((row) => row.trace === trace);
    const most = Math.max(...mine.map(({ outcome }) => outcome.gpuHours));
    parts.push(text(10, y + 13, `${trace.name}`, 'font-weight="600"'));
    mine.forEach(({ policy, outcome }, index) => {
      const length = Math.max(1, (outcome.gpuHours / most) * (width - left - 190));
      parts.push(text(left - 8, y + 13, policy, 'text-anchor="end"'));
      parts.push(
        `<rect x="${left}" y="${y + 3}" width="${length.toFixed(1)}" height="${rowHeight - 7}" ` +
          `fill="${colours[index]}"/>`,
      );
      parts.push(
        text(left + length + 6, y + 13, `${outcome.gpuHours.toFixed(1)} h, p95 ${Math.round(outcome.waitS.p95)} s`),
      );
      y += rowHeight;
    });
    y += 12;
  }
  const legend = names.map(
    (name, index) =>
      `<rect x="${10 + 150 * index}" y="28" width="10" height="10" ` +
      `fill="${colours[index]}"/>${text(26 + 150 * index, 37, name)}`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${y}" viewBox="0 0 ${width} ${y}" ` +
      `font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    text(
      10,
      18,
      "GPU hours, each trace to its own scale; rivals tuned to wait no longer than ours where they can",
      'font-weight="600"',
    ),
    ...legend,
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

function text(x: number, y: number, content: string, attributes = ""): string {
  const escaped = content.replace(/[&<>]/g, (character) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[character]!);
  return `<text x="${x.toFixed(1)}" y="${y}" fill="#1c2430" ${attributes}>${escaped}</text>`;
}
