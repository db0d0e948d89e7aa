import { decimalAmount } from "../../../shared/money/decimal-amount.ts";
import type { UsageGroup } from "../../../shared/money/usage-report.ts";

/** Without it Excel reads the file in the code page of its machine, and Chinese labels as noise. */
const byteOrderMark = "\uFEFF";
/** Also the full-width forms, which spreadsheets in East Asian languages take for the same signs. */
const formulaStart = /^[=+\-@\t\r\n＝＋－＠]/;

/**
 * Usage as RFC 4180 says, in UTF-8 with a byte order mark. A label that a spreadsheet would take for a formula is given
 * an apostrophe.
 *
 * @param by - name of the first column
 */
export function usageCsv(by: string, groups: readonly UsageGroup[], currency: string): string {
  const amounts = ["charged_micro_units", "charged_decimal", "currency"];
  const header = [cell(by), "jobs", "succeeded", "images", "steps", "megapixels", ...amounts];
  const rows = groups.map(({ group, jobs, succeeded, images, steps, megapixels, charged }) =>
    [cell(group), jobs, succeeded, images, steps, megapixels, charged, decimalAmount(charged), currency].join(","),
  );
  return `${byteOrderMark}${[header.join(","), ...rows].join("\r\n")}\r\n`;
}

function cell(text: string): string {
  const plain = formulaStart.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
