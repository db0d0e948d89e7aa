import { type CatalogueWarning, messageOf, type ProblemValues } from "./catalogue-problem.ts";
import type { ProblemCode } from "./problem-messages.ts";

const maxLines = 20;

/** Counts what is worth saying about the rows of a file; keeps the first twenty lines of each kind. */
export class Warnings {
  readonly #found = new Map<ProblemCode, { count: number; lines: number[]; values: ProblemValues }>();

  /** @param line - from 1; absent where it is about the file as a whole */
  add(code: ProblemCode, line?: number, values: ProblemValues = {}): void {
    let warning = this.#found.get(code);
    if (warning === undefined) this.#found.set(code, (warning = { count: 0, lines: [], values }));
    warning.count++;
    if (line !== undefined && warning.lines.length < maxLines) warning.lines.push(line);
  }

  /** Values that are known only at the end, such as the number of all rows. */
  describe(code: ProblemCode, values: ProblemValues): void {
    const warning = this.#found.get(code);
    if (warning !== undefined) warning.values = { ...warning.values, ...values };
  }

  countOf(code: ProblemCode): number {
    return this.#found.get(code)?.count ?? 0;
  }

  list(): CatalogueWarning[] {
    return [...this.#found].map(([code, { count, lines, values }]) => ({
      code,
      count,
      lines,
      message: messageOf(code, { ...values, count }),
    }));
  }
}
