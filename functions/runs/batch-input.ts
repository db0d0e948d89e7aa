import * as z from "zod";
import { InvalidInputError } from "../../shared/errors.ts";
import { parseFields } from "../../shared/request/field-errors.ts";
import { parseJsonWithSeeds } from "../../shared/request/seed.ts";

export const batchEndpoints = ["/v1/images/generations"] as const;
const maxBatchLines = 50_000;
/** More images than this in base64 would make the file too large to read at once. */
export const maxBase64Lines = 200;
const maxErrors = 50;

const lineSchema = z.object({
  custom_id: z.string().min(1).max(512),
  method: z.literal("POST"),
  url: z.string(),
  body: z.record(z.string(), z.unknown()),
});

export type BatchLine = z.infer<typeof lineSchema>;

export interface LineError {
  readonly code: string;
  readonly message: string;
  readonly param: string | null;
  /** From 1. */
  readonly line: number | null;
}

/**
 * Errors in a file as a whole or in the frame of its lines. The requests in the lines are validated one by one later.
 */
export class BatchInputError extends Error {
  readonly errors: readonly LineError[];
  constructor(errors: readonly LineError[]) {
    super(errors[0]?.message);
    this.errors = errors;
  }
}

/**
 * The lines of an uploaded JSONL file. Empty lines are passed over.
 * @throws BatchInputError
 */
export function parseBatchInput(bytes: Uint8Array, endpoint: string): BatchLine[] {
  const texts = new TextDecoder().decode(bytes).split("\n");
  const lines: BatchLine[] = [];
  const errors: LineError[] = [];
  const seen = new Set<string>();
  for (const [i, text] of texts.entries()) {
    if (text.trim() === "" || errors.length >= maxErrors) continue;
    const refuse = (code: string, message: string, param: string | null) =>
      errors.push({ code, message, param, line: i + 1 });
    try {
      const line = parseFields(lineSchema, parseJsonWithSeeds(text));
      if (line.url !== endpoint) refuse("mismatched_url", `url must be ${endpoint}, as the batch says`, "url");
      if (seen.has(line.custom_id))
        refuse("duplicate_custom_id", "custom_id must be another one in each line", "custom_id");
      seen.add(line.custom_id);
      lines.push(line);
    } catch (error) {
      if (error instanceof InvalidInputError) refuse("invalid_request", error.message, error.param ?? null);
      else refuse("invalid_json_line", "the line is not valid JSON", null);
    }
  }
  const whole = (code: string, message: string) => errors.push({ code, message, param: null, line: null });
  if (lines.length === 0 && errors.length === 0) whole("empty_file", "the file has no lines");
  if (lines.length > maxBatchLines)
    whole("too_many_lines", `a batch has at most ${maxBatchLines} lines, got ${lines.length}`);
  if (errors.length > 0) throw new BatchInputError(errors);
  return lines;
}
