import type { LinkSigner } from "../../../shared/access/signed-link.ts";
import { byteOrderMark, delimitedLine } from "../../../shared/delimited-line.ts";
import type { TaskResult } from "../run/task-results.ts";

/** Columns of the manifest: a line for each file, and one for each task without. */
const manifestColumns = [
  ...(["line", "sku", "shot", "n", "version", "status", "change", "error_code", "error"] as const),
  ...(["file", "url", "sha256", "crc32", "width", "height", "bytes", "seed"] as const),
  ...(["prompt", "alt", "cost_micro_units", "job_id"] as const),
] as const;

type ManifestLine = { readonly [column in (typeof manifestColumns)[number]]: string | number | null };

/** @param link - makes addresses that need no key. @default none */
function manifestLines({ task, status, files, jobId, error, charged }: TaskResult, link?: LinkSigner): ManifestLine[] {
  const common = {
    line: task.line,
    sku: task.sku,
    shot: task.shot,
    version: task.version,
    status,
    change: task.change ?? null,
    error_code: error?.code ?? null,
    error: error?.message ?? null,
    prompt: task.prompt ?? null,
    alt: task.alt ?? null,
    job_id: jobId ?? null,
  };
  const none = { file: null, url: null, sha256: null, crc32: null, width: null, height: null, bytes: null, seed: null };
  if (files.length === 0) return [{ ...common, n: null, ...none, cost_micro_units: charged }];
  return files.map(({ n, name, key, sha256, crc32, width, height, bytes, seed }) => ({
    ...common,
    ...{ n, file: name, url: link?.file(key).url ?? null, sha256, crc32: crc32.toString(16).padStart(8, "0") },
    ...{ width, height, bytes, seed },
    // The cost of the job, which draws all variations, is counted once.
    cost_micro_units: n === 1 ? charged : 0,
  }));
}

export type ManifestForm = "jsonl" | "csv";

export const manifestTypes: { readonly [form in ManifestForm]: string } = {
  jsonl: "application/jsonl; charset=utf-8",
  csv: "text/csv; charset=utf-8; header=present",
};

/** Pieces of the whole manifest. */
export async function* manifestText(
  results: AsyncIterable<TaskResult>,
  form: ManifestForm,
  link?: LinkSigner,
): AsyncGenerator<string, void> {
  if (form === "csv") yield byteOrderMark + delimitedLine(manifestColumns);
  for await (const result of results) {
    for (const line of manifestLines(result, link)) yield written(line, form);
  }
}

function written(line: ManifestLine, form: ManifestForm): string {
  if (form === "jsonl") return `${JSON.stringify(line)}\n`;
  return delimitedLine(
    manifestColumns.map((column) => String(line[column] ?? "")),
    { escapeFormulas: true },
  );
}
