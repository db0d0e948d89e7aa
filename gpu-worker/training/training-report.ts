import type { LoggedStep } from "./train-loop.ts";

export interface ReportSample {
  readonly caption: string;
  /** PNG files side by side, such as the original and what became of it. */
  readonly images: readonly Uint8Array[];
}

export interface TrainingReport {
  readonly title: string;
  readonly steps: readonly LoggedStep[];
  readonly samples: readonly ReportSample[];
}

/** Curves of what was logged and a sample sheet as one HTML page that needs nothing beside it. */
export function trainingReport({ title, steps, samples }: TrainingReport): string {
  const last = steps.at(-1);
  const samplesSeen = steps.reduce((sum, one) => sum + one.samples, 0);
  const seconds = steps.reduce((sum, one) => sum + one.seconds, 0);
  const facts = last
    ? `${last.step} steps, ${samplesSeen} samples in ${(seconds / 60).toFixed(1)} min ` +
      `(${(samplesSeen / seconds).toFixed(1)} per second), loss at the end ` +
      `${averaged(steps, "loss").at(-1)!.value.toPrecision(4)}`
    : "no steps yet";
  const figures = samples.map(({ caption, images }) => {
    const shown = images.map(
      (png) => `<img alt="" src="data:image/png;base64,${Buffer.from(png).toString("base64")}">`,
    );
    return `<figure>${shown.join("")}<figcaption>${escapeHtml(caption)}</figcaption></figure>`;
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escapeHtml(title)}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 960px; margin: 2em auto; padding: 0 1em; }
figure { display: inline-block; margin: 0 12px 12px 0; vertical-align: top; width: min-content; }
figure img { width: 128px; image-rendering: auto; }
svg { width: 100%; height: auto; }
</style>
<h1>${escapeHtml(title)}</h1>
<p>${facts}</p>
${curve(steps, "loss", "loss over steps")}
${otherCurves.map(([metric, label]) => curve(steps, metric, label)).join("\n")}
${figures.join("\n")}
</html>
`;
}

const [width, height, margin] = [900, 300, 46];
/** Points drawn at most; each is the mean of the steps that fall on it. */
const maxPoints = 300;

/**
 * Further values that a distillation logs. The spread over seeds is the only early sign that a student draws the same
 * image for every seed.
 */
const otherCurves = [
  ["fakeLoss", "loss of the fake score over steps"],
  ["reward", "reward over steps"],
  ["spread", "spread of seeds over steps, 1 is the teacher's"],
] as const;

interface Point {
  readonly step: number;
  readonly value: number;
}

/** The metric where it was logged, averaged over neighbouring steps. */
function averaged(steps: readonly LoggedStep[], metric: string): Point[] {
  const logged = steps.filter((step) => step[metric] !== undefined);
  const per = Math.ceil(logged.length / maxPoints) || 1;
  const points: Point[] = [];
  for (let from = 0; from < logged.length; from += per) {
    const group = logged.slice(from, from + per);
    points.push({
      step: group.at(-1)!.step,
      value: group.reduce((sum, step) => sum + step[metric]!, 0) / group.length,
    });
  }
  return points;
}

/** A metric over steps, on a logarithmic scale; nothing where it was logged less than twice. */
function curve(steps: readonly LoggedStep[], metric: string, title: string): string {
  const points = averaged(steps, metric).filter(({ value }) => value > 0);
  if (points.length < 2) return "";
  const logs = points.map(({ value }) => Math.log(value));
  const [low, high] = [Math.min(...logs), Math.max(...logs)];
  const x = (step: number) => margin + ((width - 2 * margin) * step) / points.at(-1)!.step;
  const y = (log: number) => margin + (height - 2 * margin) * (1 - (log - low) / (high - low || 1));
  const path = points.map(({ step }, index) => `${x(step).toFixed(1)},${y(logs[index]!).toFixed(1)}`).join(" ");
  const label = (value: number) =>
    `<text x="4" y="${y(value) + 4}" font-size="12">${Math.exp(value).toPrecision(3)}</text>`;
  return `<h2>${title}</h2>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}">
<polyline points="${path}" fill="none" stroke="#2563eb" stroke-width="1.5"/>
${label(low)}${label(high)}
<text x="${width - margin}" y="${height - 10}" font-size="12" text-anchor="end">step ${points.at(-1)!.step}</text>
</svg>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
