import type { Run } from "../../api.ts";
import type { Context } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { printable } from "../terminal.ts";

type Told = Pick<Context, "terminal" | "json">;

export function showProgress({ status, counts }: Run, { terminal, json }: Told): void {
  if (json) return;
  const { to_draw, drawn, failed, products } = counts;
  if (status === "importing") terminal.progress(0, `reading, ${products} products so far`);
  else if (to_draw > 0) terminal.progress((drawn + failed) / to_draw, `${drawn + failed} of ${to_draw} images`);
}

/** What the file was taken for, and which column is which. */
export async function describeFile(
  id: string,
  { client, signal }: Pick<Context, "client" | "signal">,
): Promise<string[]> {
  const { profile, file, mapping, warnings } = await (await client()).runs.report(id, { signal });
  const taken = mapping.flatMap(({ field, column }) => (column === null ? [] : [`${field} = ${column}`]));
  return [
    `${profile.name}, ${file.records} records; ${printable(taken.join(", "))}`,
    ...warnings.map(({ message }) => `warning: ${printable(message)}`),
  ];
}

/** What is new and changed, what cannot be drawn and why, and what the rest costs and takes. */
export async function describePlan(
  run: Run,
  { client, signal }: Pick<Context, "client" | "signal">,
): Promise<string[]> {
  const { counts, warnings } = run;
  const { unchanged, changed, redrawn, products } = counts;
  const changes = changed.prompt + changed.photo + changed.settings;
  const reasons = Object.entries(changed).flatMap(([why, count]) => (count > 0 ? [`${why} ${count}`] : []));
  const parts = [
    `${unchanged} unchanged`,
    `${changes} changed${reasons.length > 0 ? ` (${reasons.join(", ")})` : ""}`,
    ...(redrawn > 0 ? [`${redrawn} to draw again`] : []),
    `${counts.new} new`,
  ];
  return [
    `${products} products: ${parts.join(", ")}`,
    ...(await describeRefused(run, { client, signal })),
    ...warnings.map((warning) => `warning: ${printable(warning)}`),
    ...(run.started_at === null ? describeQuote(run) : describeProgress(run)),
  ];
}

/** What it will cost and how long it will take. */
function describeQuote(run: Run): string[] {
  const { counts, cost, eta_s: etaS } = run;
  const time = etaS === null || counts.to_draw === 0 ? "" : `, in about ${duration(etaS)}`;
  return [
    `${counts.to_draw} images to draw for ${cost.quoted_decimal} ${cost.currency}${time}`,
    ...describeBalance(run),
  ];
}

/** How far it has come, and what it has cost. */
function describeProgress(run: Run): string[] {
  const { counts, cost, eta_s: etaS, finished_at: finishedAt } = run;
  const failed = counts.failed === 0 ? "" : `, ${counts.failed} failed`;
  const spent = `${counts.drawn} of ${counts.to_draw} images drawn${failed}; cost ${cost.charged_decimal} ${cost.currency}`;
  if (finishedAt !== null) return [spent];
  const time = etaS === null ? "" : `, about ${duration(etaS)} left`;
  return [`${spent} of ${cost.quoted_decimal}${time}`, ...describeBalance(run)];
}

/** Each reason with its first row in words; of a file that could not be read there are none. */
async function describeRefused(
  { id, counts }: Run,
  { client, signal }: Pick<Context, "client" | "signal">,
): Promise<string[]> {
  if (Object.keys(counts.refused).length === 0) return [];
  const { data } = await (await client()).runs.failures(id, { signal });
  const messages = new Map(
    data.filter(({ can_retry: isDrawn }) => !isDrawn).map(({ code, message }) => [code, message]),
  );
  return Object.entries(counts.refused).map(([code, count]) => {
    const first = count > 1 ? "the first: " : "";
    return printable(`${count} cannot be drawn: ${code}: ${first}${messages.get(code) ?? ""}`);
  });
}

function describeBalance({ counts, cost }: Run): string[] {
  const { balance_lasts_for: lasts } = cost;
  if (lasts === null || counts.to_draw === 0) return [];
  const left = counts.to_draw - counts.drawn - counts.failed;
  return [`your balance lasts for ${lasts >= left ? "all" : lasts.toLocaleString("en-US")} of them`];
}

/** Seconds in the unit that a person would use. */
function duration(seconds: number): string {
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3_600).toFixed(1)} h`;
}

export function reportRun(found: Run, { terminal, json }: Told): number {
  if (json) terminal.json(found);
  else terminal.print(`${found.id} ${found.status}`);
  return exitCodes.ok;
}
