import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { ourPolicy, type Policy, stepScaling, targetTracking } from "./policies.ts";
import prices from "./prices.json" with { type: "json" };
import { scalingChart } from "./scaling-chart.ts";
import { type Outcome, simulate } from "./simulate.ts";
import { makeTraces, type Trace } from "./traces.ts";

/**
 * `npm run simulate:scaling`: our scaling rule against AWS target tracking and step scaling, over the same days. With
 * `--write` the chart goes to docs/scaling.svg.
 *
 * Policies trade waiting for GPU hours, so hours alone prove nothing: target tracking is tried with many targets, and
 * the cheapest of those that wait no longer than ours (p95, 5 % allowed) is the one compared with. Where none is so
 * quick, its quickest is shown.
 */
const usualMaxWorkers = 20;
/** `--seed N` makes another day. The defaults were chosen on 7. */
const seedAt = process.argv.indexOf("--seed");
const seed = seedAt < 0 ? 7 : Number(process.argv[seedAt + 1]);
const targets = [1, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 24, 28, 32, 40, 48];
const depths = [0.25, 0.5, 1, 2, 4];

interface Row {
  readonly trace: Trace;
  readonly policy: string;
  readonly outcome: Outcome;
}

const play = (trace: Trace, policy: Policy) => simulate(trace, policy, seededRandom(seed));

/** The cheapest outcome that waits no longer than `p95`; the one that waits least where none does. */
function comparable(outcomes: readonly (readonly [string, Outcome])[], p95: number): readonly [string, Outcome] {
  const quick = outcomes.filter(([, { waitS }]) => waitS.p95 <= 1.05 * p95);
  if (quick.length > 0) return quick.reduce((best, one) => (one[1].gpuHours < best[1].gpuHours ? one : best));
  return outcomes.reduce((best, one) => (one[1].waitS.p95 < best[1].waitS.p95 ? one : best));
}

const rows: Row[] = [];
for (const trace of makeTraces(seededRandom(seed))) {
  const { maxWorkers = usualMaxWorkers } = trace;
  const ours = play(trace, ourPolicy({ maxWorkers }));
  const tracking = targets.map(
    (target) => [`target tracking (${target})`, play(trace, targetTracking({ target, maxWorkers }))] as const,
  );
  const steps = depths.map(
    (scale) => [`step scaling (× ${scale})`, play(trace, stepScaling({ maxWorkers, scale }))] as const,
  );
  rows.push({ trace, policy: "ours", outcome: ours });
  for (const [policy, outcome] of [comparable(tracking, ours.waitS.p95), comparable(steps, ours.waitS.p95)]) {
    rows.push({ trace, policy, outcome });
  }
}

const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
const out: string[] = [
  line(["trace", "policy", "wait p50 / p95 / p99 (s)", "GPU hours", "on demand", "against ours", "idle", "starts"]),
  line(["---", "---", "---", "---", "---", "---", "---", "---"]),
];
let ours: Outcome | undefined;
for (const { trace, policy, outcome } of rows) {
  if (policy === "ours") ours = outcome;
  const { p50, p95, p99 } = outcome.waitS;
  const quicker = outcome.waitS.p95 <= 1.05 * ours!.waitS.p95;
  const against =
    policy === "ours" ? "" : `${percent(outcome.gpuHours / ours!.gpuHours - 1)}${quicker ? "" : ", and waits longer"}`;
  out.push(
    line([
      policy === "ours" ? `**${trace.name}**` : "",
      policy,
      `${Math.round(p50)} / ${Math.round(p95)} / ${Math.round(p99)}`,
      outcome.gpuHours.toFixed(1),
      outcome.onDemandHours.toFixed(1),
      against,
      `${Math.round(100 * outcome.idleShare)} %`,
      String(outcome.starts),
    ]),
  );
}
out.push(
  "",
  `Cost per 1,000 images in USD, prices of ${prices.date}, ${prices.region}, spot at ${prices.spotShare} of on demand:`,
  "",
);
out.push(line(["trace (ours)", ...prices.instances.map(({ type, gpu }) => `${type} (${gpu})`)]));
out.push(line(["---", ...prices.instances.map(() => "---")]));
for (const { trace, policy, outcome } of rows) {
  if (policy !== "ours") continue;
  out.push(line([trace.name, ...prices.instances.map((price) => costPer1000(outcome, price))]));
}
process.stdout.write(`${out.join("\n")}\n`);

if (process.argv.includes("--write")) {
  writeFileSync(join(import.meta.dirname, "../../docs/scaling.svg"), scalingChart(rows));
}

interface Price {
  /** Absent: not known. */
  readonly onDemandUsdPerHour?: number;
  /** @default the usual share of the price on demand */
  readonly spotUsdPerHour?: number;
}

function costPer1000(outcome: Outcome, { onDemandUsdPerHour, spotUsdPerHour }: Price): string {
  const { gpuHours, onDemandHours, images } = outcome;
  const spot = spotUsdPerHour ?? prices.spotShare * (onDemandUsdPerHour ?? Number.NaN);
  const onDemand = onDemandHours === 0 ? 0 : onDemandHours * (onDemandUsdPerHour ?? Number.NaN);
  const cost = (((gpuHours - onDemandHours) * spot + onDemand) * 1000) / images;
  return Number.isNaN(cost) ? "?" : cost.toFixed(2);
}

function percent(share: number): string {
  return `${share >= 0 ? "+" : "−"}${Math.abs(Math.round(100 * share))} %`;
}
