/** Outcomes that are looked at. */
export const watchedOutcomes = 100;
const [fewInMany, fewEarly, early] = [10, 5, 20];
/** What is wrong with one row says nothing about the next. */
const ownFaults = /^(?:content_policy$|no_cutout$|sku_|template_|picture_)/;

/**
 * The error that stops a run: ten of the latest hundred tasks, or five of the first twenty, ended with it. Whatever it
 * is, drawing on would only repeat it.
 * @param outcomes - of the latest tasks: "" for images, else the code of the error
 * @param settled - tasks that have ended in all
 */
export function repeatedError(outcomes: readonly string[], settled: number): string | undefined {
  const counts = new Map<string, number>();
  for (const code of outcomes) {
    if (code !== "" && !ownFaults.test(code)) counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  const most = settled <= early ? fewEarly : fewInMany;
  return [...counts].find(([, count]) => count >= most)?.[0];
}
