import { byteOrderMark, delimitedLine } from "../../../shared/delimited-line.ts";
import { decimalAmount } from "../../../shared/money/decimal-amount.ts";
import type { UsageGroup } from "../../../shared/money/usage-report.ts";

/**
 * Usage as RFC 4180 says, in UTF-8 with a byte order mark. A label that a spreadsheet would take for a formula is given
 * an apostrophe.
 *
 * @param by - names of the first columns
 */
export function usageCsv(by: readonly string[], groups: readonly UsageGroup[], currency: string): string {
  const amounts = ["charged_micro_units", "charged_decimal", "currency"];
  const header = [...by, "jobs", "succeeded", "images", "steps", "megapixels", ...amounts];
  const rows = groups.map(({ groups: names, jobs, succeeded, images, steps, megapixels, charged }) => {
    const numbers = [jobs, succeeded, images, steps, megapixels, charged];
    return [...names, ...numbers.map(String), decimalAmount(charged), currency];
  });
  return byteOrderMark + [header, ...rows].map((cells) => delimitedLine(cells, { escapeFormulas: true })).join("");
}
