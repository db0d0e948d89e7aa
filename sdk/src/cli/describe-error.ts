import { ApiError, JobError, ZImageError } from "../errors.ts";
import { printable } from "./terminal.ts";

/** One line for people, and one more per further field. Messages may quote what others wrote. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return printable(String(error));
  if (!(error instanceof ApiError)) return error.message.split("\n").map(printable).join("\n");
  const [first, ...others] = error.errors;
  // A message that names its field needs no prefix with the field's name.
  const about = first && !error.message.includes(first.param.split(".").at(-1) ?? "") ? `${first.param}: ` : "";
  const more = others.map(({ message }) => `\n  ${printable(message)}`).join("");
  return `${printable(`${about}${error.message}`)} (${error.code}${error.requestId === "" ? "" : `, ${error.requestId}`})${more}`;
}

/** An error as JSON, for `--json`. */
export function errorJson(error: unknown): { readonly [field: string]: unknown } {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof ApiError) {
    const { status, code, field, errors, requestId: request_id, retryable } = error;
    return {
      type: "error",
      kind: "api",
      status,
      code,
      message,
      field,
      errors,
      request_id,
      retryable,
    };
  }
  if (error instanceof JobError) return { type: "error", kind: "job", code: error.code, message, job: error.job };
  return { type: "error", kind: error instanceof ZImageError ? error.name : "usage", message };
}
