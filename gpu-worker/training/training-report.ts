import type { LoggedStep } from "./train-loop.ts";

export interface ReportSample {
  readonly caption: string;
  /** PNG files side by side, such as the original and what became of it. */
  readonly pictures: readonly Uint8Array[];
}

export interface TrainingReport {
  readonly title: string;
  readonly steps: readonly LoggedStep[];
  readonly samples: readonly ReportSample[];
}

/** Loss curve and sample sheet as one HTML page that needs nothing beside it. */
export function trainingReport({ title, steps, samples }: TrainingReport): string {
  const last = steps.at(-1);
  const samplesSeen = steps.reduce((sum, one) => sum + one.samples, 0);
  const seconds = steps.reduce((sum, one) => sum + one.seconds, 0);
  const facts = last
    ? `${last.step} steps, ${samplesSeen} samples in ${(seconds / 60).toFixed(1)} min (${(samplesSeen / seconds).toFixed(1)} per second), loss at the end ${averaged(steps).at(-1)!.loss.toPrecision(4)}`
    : "no steps yet";
  const figures = samples.map(({ caption, pictures }) => {
    const images = pictures.map(
      (png) => `<img alt="" src="data:image/png;base64,${Buffer.from(png).toString("base64")}">`,
    );
    return `<figure>${images.join("")}<figcaption>${escapeHtml(caption)}</figcaption></figure>`;
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
${lossCurve(steps)}
${figures.join("\n")}
</html>
`;
}

const [width, height, margin] = [900, 300, 46];
/** Points drawn at most; each is the mean of the steps that fall on it. */
const maxPoints = 300;

function averaged(steps: readonly LoggedStep[]): { step: number; loss: number }[] {
  const per = Math.ceil(steps.length / maxPoints) || 1;
  const points: { step: number; loss: number }[] = [];
  for (let from = 0; from < steps.length; from += per) {
    const group = steps.slice(from, from + per);
    points.push({
      step: group.at(-1)!.step,
      loss: group.reduce((sum, { loss }) => sum + loss, 0) / group.length,
    });
  }
  return points;
}

/** Loss over steps, the loss on a logarithmic scale. */
function lossCurve(steps: readonly LoggedStep[]): string {
  const points = averaged(steps).filter(({ loss }) => loss > 0);
  if (points.length < 2) return "";
  const logs = points.map(({ loss }) => Math.log(loss));
  const [low, high] = [Math.min(...logs), Math.max(...logs)];
  const x = (step: number) => margin + ((width - 2 * margin) * step) / points.at(-1)!.step;
  const y = (log: number) => margin + (height - 2 * margin) * (1 - (log - low) / (high - low || 1));
  const path = points.map(({ step }, index) => `${x(step).toFixed(1)},${y(logs[index]!).toFixed(1)}`).join(" ");
  const label = (value: number) =>
    `<text x="4" y="${y(value) + 4}" font-size="12">${Math.exp(value).toPrecision(3)}</text>`;
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="loss over steps">
<polyline points="${path}" fill="none" stroke="#2563eb" stroke-width="1.5"/>
${label(low)}${label(high)}
<text x="${width - margin}" y="${height - 10}" font-size="12" text-anchor="end">step ${points.at(-1)!.step}</text>
</svg>`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
