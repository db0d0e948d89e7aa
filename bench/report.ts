import { cpus } from "node:os";

/** One measured figure. `value` in `unit`; `detail` says the conditions that another reader needs to repeat it. */
export interface Figure {
  readonly bench: string;
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly detail?: string;
}

export type Report = (figure: Figure) => void;

export type ReportOne = (what: string, value: number, unit: string, detail?: string) => void;

/** The figures of one bench. */
export function reportOf(bench: string, report: Report): ReportOne {
  return (what, value, unit, detail) => report({ bench, what, value, unit, detail: detail || undefined });
}

/** Prints figures as they are measured: aligned text, or one JSON object per line for machines. */
export function createReport(json: boolean, write: (line: string) => void = console.log): Report {
  return (figure) => {
    if (json) return write(JSON.stringify(figure));
    const value = figure.value >= 100 ? figure.value.toFixed(0) : figure.value.toPrecision(3);
    write(
      `${figure.bench.padEnd(8)} ${figure.what.padEnd(44)} ${value.padStart(9)} ${figure.unit.padEnd(6)} ${figure.detail ?? ""}`.trimEnd(),
    );
  };
}

export function machine(): string {
  const models = cpus();
  return (
    `${models.length} × ${models[0]?.model.trim() ?? "unknown CPU"}, Node ${process.version}, ` +
    `${process.platform}-${process.arch}`
  );
}
