import { bodyLimit as honoBodyLimit } from "hono/body-limit";
import { maxBodyBytes } from "../../../shared/limits.ts";
import { ApiError } from "../problems/api-error.ts";

/** Stops reading at the limit, also for bodies without a `Content-Length`. */
export function bodyLimit() {
  return honoBodyLimit({
    maxSize: maxBodyBytes,
    onError: () => {
      throw new ApiError(413, "payload_too_large", `the body must be at most ${maxBodyBytes} bytes`, { param: "body" });
    },
  });
}
