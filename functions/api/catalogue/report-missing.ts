import { NotFoundError } from "../../../shared/errors.ts";

export function reportMissing(): NotFoundError {
  return new NotFoundError(
    "report_not_found",
    "the file has not been read to its end; see the run's status and problem",
  );
}
