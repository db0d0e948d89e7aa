import { InvalidInputError } from "../../../shared/errors.ts";
import { ownTurn } from "../../../shared/process/own-turn.ts";
import { ApiError } from "../problems/api-error.ts";

/**
 * The `multipart/form-data` body of a request. To be used behind `bodyLimit`, which bounds what is held in memory.
 * @throws ApiError 415 `unsupported_media_type`; InvalidInputError `invalid_form`
 */
export async function readForm(request: Request): Promise<FormData> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^multipart\/form-data\s*;/i.test(type)) {
    const got = type === "" ? "none" : type.slice(0, 60);
    throw new ApiError(415, "unsupported_media_type", `expected Content-Type: multipart/form-data, got ${got}`, {
      param: "body",
    });
  }
  try {
    // Read first, since parsing is one piece of work: it gets a turn to itself.
    const body = await request.arrayBuffer();
    await ownTurn();
    return await new Response(body, { headers: { "content-type": type } }).formData();
  } catch (cause) {
    // The limit on the body breaks off the reading of the form.
    if (cause instanceof ApiError) throw cause;
    throw new InvalidInputError("invalid_form", "the body is not valid multipart/form-data", { param: "body", cause });
  }
}
