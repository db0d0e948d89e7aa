import * as z from "zod";
import { InvalidInputError } from "../../../shared/errors.ts";
import { maxBodyBytes } from "../../../shared/limits.ts";
import type { Json } from "../../../shared/ports/items.ts";
import { parseFields } from "../../../shared/request/field-errors.ts";
import { parseJsonWithSeeds } from "../../../shared/request/seed.ts";
import { openaiError } from "../../api/dialects/openai/errors.ts";
import { readLines, type TextLine } from "../../api/files/read-lines.ts";
import { checkJsonValue } from "../../api/http/json-body.ts";
import type { InputRow } from "../rows/row-chunks.ts";
import type { LineError } from "../run.ts";

export const editsEndpoint = "/v1/images/edits";
export const batchEndpoints = ["/v1/images/generations", editsEndpoint] as const;
const maxBatchLines = 50_000;
/** A line holds one request, and is no longer than one may be. */
const maxLineBytes = maxBodyBytes;
const maxErrors = 50;

const lineSchema = z.object({
  custom_id: z.string().min(1).max(512),
  method: z.literal("POST"),
  url: z.string().max(200),
  body: z.record(z.string(), z.unknown()),
});

/** A line of OpenAI's batch file as a row, or what is wrong with its frame. */
export type BatchLine = { readonly row: InputRow } | { readonly error: LineError };

/**
 * The lines of OpenAI's batch file, as they arrive. The requests in them are validated one by one later; what no
 * request may hold is refused here, for that row alone. Empty lines are passed over. Ends after fifty errors, and after
 * the first line too many.
 */
export async function* readBatchLines(
  file: AsyncIterable<Uint8Array>,
  endpoint: string,
): AsyncGenerator<BatchLine, void> {
  const seen = new Set<string>();
  let errors = 0;
  let rows = 0;
  for await (const line of readLines(file, { maxLineBytes })) {
    if (line.text.trim() === "") continue;
    const read = parseLine(line, endpoint, seen);
    yield read;
    if ("error" in read && ++errors >= maxErrors) return;
    if (++rows <= maxBatchLines) continue;
    yield whole("too_many_lines", `a batch has at most ${maxBatchLines} lines; make several batches of the file`);
    return;
  }
  if (rows === 0) yield whole("empty_file", "the file has no lines");
}

/** @param seen - the `custom_id`s of the lines before */
function parseLine({ number, text, tooLong }: TextLine, endpoint: string, seen: Set<string>): BatchLine {
  const refused = (code: string, message: string, param: string | null): BatchLine => ({
    error: { code, message, param, line: number },
  });
  if (tooLong) return refused("line_too_long", `a line has at most ${maxLineBytes} bytes; send images by link`, null);
  try {
    const { custom_id: key, url, body } = parseFields(lineSchema, parseJsonWithSeeds(text));
    if (url !== endpoint) return refused("mismatched_url", `url must be ${endpoint}, as the batch says`, "url");
    if (seen.has(key)) return refused("duplicate_custom_id", "custom_id must be another one in each line", "custom_id");
    seen.add(key);
    return { row: checkedRow(key, body) };
  } catch (error) {
    if (error instanceof InvalidInputError) return refused("invalid_request", error.message, error.param ?? null);
    return refused("invalid_json_line", "the line is not valid JSON", null);
  }
}

function checkedRow(key: string, body: { readonly [field: string]: unknown }): InputRow {
  try {
    checkJsonValue(body);
    return { key, body };
  } catch (error) {
    const { status, body: answer } = openaiError(error);
    return { key, refused: { status, body: answer as unknown as Json } };
  }
}

function whole(code: string, message: string): BatchLine {
  return { error: { code, message, param: null, line: null } };
}
