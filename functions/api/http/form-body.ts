import { InvalidInputError } from "../../../shared/errors.ts";
import { ownTurn } from "../../../shared/process/own-turn.ts";
import { ApiError } from "../problems/api-error.ts";

/** Fields and files of a form. The largest that any route takes has some dozens; 30,000 take 100 ms to parse. */
const maxParts = 1_000;
/** Characters of a boundary. @see RFC 2046, section 5.1.1 */
const maxBoundary = 70;

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
    assertFewParts(Buffer.from(body), type);
    await ownTurn();
    return await new Response(body, { headers: { "content-type": type } }).formData();
  } catch (cause) {
    // The limit on the body breaks off the reading of the form.
    if (cause instanceof ApiError || cause instanceof InvalidInputError) throw cause;
    throw new InvalidInputError("invalid_form", "the body is not valid multipart/form-data", { param: "body", cause });
  }
}

/** Before a parser holds them all. @throws InvalidInputError `invalid_form` */
function assertFewParts(body: Buffer, type: string): void {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]*)"|([^\s;"]*))/i.exec(type) ?? [];
  const boundary = quoted ?? plain ?? "";
  // Without one it is no form, as the parser will say.
  if (boundary === "") return;
  if (boundary.length > maxBoundary) {
    throw invalidForm(`the boundary of the form must have at most ${maxBoundary} characters, got ${boundary.length}`);
  }
  const needle = `\r\n--${boundary}`;
  // The first part has no line before it, and the end of the form is no part.
  for (let at = body.indexOf(needle), found = 0; at >= 0; at = body.indexOf(needle, at + needle.length)) {
    if (++found > maxParts) throw invalidForm(`the form has more than ${maxParts} parts; send fewer`);
  }
}

function invalidForm(message: string): InvalidInputError {
  return new InvalidInputError("invalid_form", message, { param: "body" });
}
