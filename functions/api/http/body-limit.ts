import type { MiddlewareHandler } from "hono";
import { maxBodyBytes } from "../../../shared/limits.ts";
import type { ApiEnv } from "../dependencies.ts";
import { ApiError } from "../problems/api-error.ts";

/** A body of at most so many bytes is not counted: the socket's own buffer holds as much. */
const uncountedBytes = 16_384;
/** What is held for each byte of a body: the byte, its character in the text, and that in the parsed value. */
const heldPerByte = 3;
/** … of a form: the byte, the part, the file, its data URL. With less, five forms of 5 MB at once took 200 MB more. */
const heldPerFormByte = 6;

/**
 * Bounds what a body may hold in memory. Stops reading at the limit, also for bodies without a `Content-Length`, and
 * counts the bytes as they arrive in the memory budget of the process, until the response or `close` of
 * `c.get("bodyRoom")`. To be used behind `authenticate`, so that they count as the account's.
 * @param remedy - what else to do with what is too large, for the message
 * @throws ApiError `payload_too_large`; LimitError `service_busy`
 */
export function bodyLimit(remedy?: string): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    const given = c.req.header("content-length");
    if (given !== undefined && Number(given) > maxBodyBytes) throw tooLarge(remedy);
    const isSmall = given !== undefined && Number(given) <= uncountedBytes;
    const { body } = c.req.raw;
    if (isSmall || body === null) return next();
    const isForm = /^multipart\//i.test(c.req.header("content-type") ?? "");
    const perByte = isForm ? heldPerFormByte : heldPerByte;
    const room = c.get("memory").open(c.get("identity")?.accountId ?? "");
    c.set("bodyRoom", room);
    // A browser's types, which the clients' tests are checked with, do not know `duplex`.
    const init: RequestInit & { duplex: "half" } = {
      body: body.pipeThrough(counted((bytes) => room.grow(perByte * bytes), remedy)),
      duplex: "half",
    };
    c.req.raw = new Request(c.req.raw, init);
    try {
      await next();
    } finally {
      room.close();
    }
  };
}

function counted(
  reserve: (bytes: number) => Promise<void>,
  remedy: string | undefined,
): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  return new TransformStream({
    async transform(chunk, controller) {
      bytes += chunk.length;
      if (bytes > maxBodyBytes) throw tooLarge(remedy);
      await reserve(chunk.length);
      controller.enqueue(chunk);
    },
  });
}

function tooLarge(remedy: string | undefined): ApiError {
  const limit = `the body must be at most ${maxBodyBytes} bytes`;
  const message = remedy === undefined ? limit : `${limit}; ${remedy}`;
  return new ApiError(413, "payload_too_large", message, { param: "body" });
}
