import { ApiError, ConnectionError, JobError, TimeoutError } from "../../../sdk/src/index.ts";
import { commonText } from "../text/common.ts";

/**
 * An error in a sentence or two for the reader: what the server says, in its language, and the request id where it is
 * the server's fault.
 */
export function describeError(error: unknown): string {
  if (error instanceof ApiError) {
    if (error.status === 403) return `${commonText("errorForbidden")} ${error.message}`;
    if (error.status < 500) return error.message;
    const id = error.requestId === "" ? "" : ` ${commonText("errorId", { id: error.requestId })}`;
    return `${commonText("errorServer")} ${error.message}${id}`;
  }
  if (error instanceof TimeoutError) return commonText("errorTimeout");
  if (error instanceof ConnectionError) return commonText("errorOffline");
  if (error instanceof JobError) return error.job.error?.message ?? error.message;
  return error instanceof Error ? error.message : String(error);
}
