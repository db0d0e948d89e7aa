import type { LinkSigner } from "../../../shared/access/signed-link.ts";
import { byteOrderMark, delimitedLine } from "../../../shared/delimited-line.ts";
import type { ImageChecks } from "../../../shared/job.ts";
import type { Finding } from "../checks/marketplace-rules.ts";
import type { PublicAddresses } from "../publish/publications.ts";
import type { ReviewedResult } from "../review/reviewed-results.ts";

/** Columns of the manifest: a line for each file, and one for each task without. */
export const manifestColumns = [
  "line",
  "sku",
  "shot",
  "n",
  "version",
  "status",
  "review",
  "change",
  "error_code",
  "error",
  "file",
  "url",
  "public_url",
  "sha256",
  "crc32",
  "width",
  "height",
  "bytes",
  "seed",
  "prompt",
  "alt",
  "method",
  "cost_micro_units",
  "job_id",
  "border_white_exact",
  "border_white",
  "fill",
  "sharpness",
  "dhash",
  "product_psnr",
  "failed_checks",
  "warnings",
  "model",
  "hash",
] as const;

export type ManifestLine = { readonly [column in (typeof manifestColumns)[number]]: string | number | null };

/** Where the files of a manifest are. */
export interface ManifestAddresses {
  /** Makes addresses that need no key. @default none */
  readonly link?: LinkSigner;
  /** @default none */
  readonly public?: PublicAddresses;
}

export function manifestLines(result: ReviewedResult, addresses: ManifestAddresses = {}): ManifestLine[] {
  const { task, status, files, jobId, error, charged, review } = result;
  const common = {
    line: task.line,
    sku: task.sku,
    shot: task.shot,
    version: task.version,
    status,
    review: review?.state ?? null,
    change: task.change ?? null,
    error_code: error?.code ?? null,
    error: error?.message ?? null,
    prompt: task.prompt ?? null,
    alt: task.alt ?? null,
    method: task.method ?? null,
    model: task.model ?? null,
    hash: task.hash ?? null,
    job_id: jobId ?? null,
  };
  const none = {
    file: null,
    url: null,
    public_url: null,
    sha256: null,
    crc32: null,
    width: null,
    height: null,
    bytes: null,
    seed: null,
    warnings: null,
    ...checkColumns(undefined, []),
  };
  if (files.length === 0) return [{ ...common, n: null, ...none, cost_micro_units: charged }];
  return files.map((file, index) => ({
    ...common,
    n: file.n,
    file: file.name,
    url: addresses.link?.file(file.key).url ?? null,
    public_url: addresses.public?.urlOf(file) ?? null,
    sha256: file.sha256,
    crc32: file.crc32.toString(16).padStart(8, "0"),
    width: file.width,
    height: file.height,
    bytes: file.bytes,
    seed: file.seed,
    warnings: file.warnings?.join("; ") || null,
    ...checkColumns(file.checks, review?.findings[index] ?? []),
    // The cost of the job, which draws all variations, is counted once.
    cost_micro_units: file.n === 1 ? charged : 0,
  }));
}

/** Numbers of a file, and what a marketplace asks for and it has not. */
function checkColumns(checks: ImageChecks | undefined, findings: readonly Finding[]) {
  const failed = findings.filter(({ verdict }) => verdict === "fail");
  return {
    border_white_exact: checks?.borderWhiteExact ?? null,
    border_white: checks?.borderWhite ?? null,
    fill: checks?.fill ?? null,
    sharpness: checks?.sharpness ?? null,
    dhash: checks?.dhash ?? null,
    product_psnr: checks?.productPsnr ?? null,
    failed_checks:
      failed
        .map(({ marketplace, rule, measured, wanted }) => `${marketplace} ${rule}: ${measured}, ${wanted}`)
        .join("; ") || null,
  };
}

export type ManifestForm = "jsonl" | "csv";

export const manifestTypes: { readonly [form in ManifestForm]: string } = {
  jsonl: "application/jsonl; charset=utf-8",
  csv: "text/csv; charset=utf-8; header=present",
};

/** Pieces of the whole manifest. */
export async function* manifestText(
  results: AsyncIterable<ReviewedResult>,
  form: ManifestForm,
  addresses: ManifestAddresses = {},
): AsyncGenerator<string, void> {
  if (form === "csv") yield byteOrderMark + delimitedLine(manifestColumns);
  for await (const result of results) {
    for (const line of manifestLines(result, addresses)) yield written(line, form);
  }
}

function written(line: ManifestLine, form: ManifestForm): string {
  if (form === "jsonl") return `${JSON.stringify(line)}\n`;
  return delimitedLine(
    manifestColumns.map((column) => String(line[column] ?? "")),
    { escapeFormulas: true },
  );
}
