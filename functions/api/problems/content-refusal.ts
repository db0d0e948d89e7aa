import { InvalidInputError } from "../../../shared/errors.ts";
import type { Job } from "../../../shared/job.ts";

/**
 * The refusal of a job whose image was drawn and then refused, as the error that a refused prompt is: each API has one
 * form for both.
 * @returns `undefined` for a job that ended in any other way
 */
export function contentRefusal({ status, error }: Pick<Job, "status" | "error">): InvalidInputError | undefined {
  if (status !== "failed" || error?.code !== "content_policy") return undefined;
  return new InvalidInputError("content_policy", error.message, { param: "prompt" });
}
