export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

const colours = { red: 31, green: 32, yellow: 33, dim: 2, bold: 1 } as const;
const barWidth = 24;

/** Results on standard output, all else on standard error: progress, hints, errors. */
export class Terminal {
  readonly #stdout: Output;
  readonly #stderr: Output;
  readonly #colour: boolean;
  readonly #quiet: boolean;
  #progressShown = false;

  /** @param env - `NO_COLOR` and `TERM=dumb` are obeyed; see https://no-color.org */
  constructor(
    { stdout, stderr, env }: { stdout: Output; stderr: Output; env: { readonly [name: string]: string | undefined } },
    { quiet }: { quiet: boolean },
  ) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#quiet = quiet;
    this.#colour = stdout.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb";
  }

  get columns(): number {
    return this.#stdout.isTTY ? (this.#stdout.columns ?? 80) : Number.POSITIVE_INFINITY;
  }

  print(line: string): void {
    this.endProgress();
    this.#stdout.write(`${line}\n`);
  }

  json(value: unknown): void {
    this.print(JSON.stringify(value));
  }

  /** Prints a line for people; silent with `--quiet`. */
  note(line: string): void {
    this.endProgress();
    if (!this.#quiet) this.#stderr.write(`${line}\n`);
  }

  error(line: string): void {
    this.endProgress();
    this.#stderr.write(`${line}\n`);
  }

  colour(name: keyof typeof colours, text: string): string {
    return this.#colour ? `\x1b[${colours[name]}m${text}\x1b[0m` : text;
  }

  /** A bar that draws over itself, where standard error is a terminal. @param share - 0 to 1 */
  progress(share: number, label: string): void {
    if (this.#stderr.isTTY !== true || this.#quiet) return;
    const filled = Math.round(Math.min(1, Math.max(0, share)) * barWidth);
    const line = `[${"#".repeat(filled)}${".".repeat(barWidth - filled)}] ${label}`;
    this.#stderr.write(`\r\x1b[K${line.slice(0, (this.#stderr.columns ?? 80) - 1)}`);
    this.#progressShown = true;
  }

  endProgress(): void {
    if (!this.#progressShown) return;
    this.#stderr.write("\r\x1b[K");
    this.#progressShown = false;
  }

  /** Columns as wide as they need be; the last is cut to the terminal. */
  table(unsafe: readonly (readonly string[])[]): void {
    const rows = unsafe.map((row) => row.map(printable));
    const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? "").length)));
    for (const row of rows) {
      const line = row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join("  ");
      this.print(line.slice(0, this.columns).trimEnd());
    }
  }
}

/** Text from a server or another user as one line that cannot move the cursor, change colours or set a title. */
export function printable(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${character.codePointAt(0)!.toString(16).padStart(4, "0")}`,
  );
}
