import { InvalidInputError } from "../../../shared/errors.ts";
import { ownTurn } from "../../../shared/process/own-turn.ts";
import { ApiError } from "../problems/api-error.ts";
import { checkText } from "./check-text.ts";

/** Fields and files of a form. The largest that any route takes has some dozens; 30,000 take 100 ms to parse. */
const maxParts = 1_000;
/** Characters of a boundary. @see RFC 2046, section 5.1.1 */
const maxBoundary = 70;
/** Bytes of the headers of one part, and of all: names of 5.8 MB took 190 ms to decode, as many lines 290 ms. */
const maxPartHead = 16_384;
const maxHeads = 262_144;

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
    const boundary = boundaryOf(type);
    assertModest(Buffer.from(body), boundary);
    await ownTurn();
    // Of several parameters the parser might read another one than was looked for.
    const plain = `multipart/form-data; boundary="${boundary}"`;
    const form = await new Response(body, { headers: { "content-type": plain } }).formData();
    for (const [name, value] of form) {
      checkText(name, "body");
      checkText(typeof value === "string" ? value : value.name, name);
    }
    return form;
  } catch (cause) {
    // The limit on the body breaks off the reading of the form.
    if (cause instanceof ApiError || cause instanceof InvalidInputError) throw cause;
    throw new InvalidInputError("invalid_form", "the body is not valid multipart/form-data", { param: "body", cause });
  }
}

/** @throws InvalidInputError `invalid_form` */
function boundaryOf(type: string): string {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]*)"|([^\s;"]*))/i.exec(type) ?? [];
  const boundary = quoted ?? plain ?? "";
  if (boundary.length > maxBoundary) {
    throw invalidForm(`the boundary of the form must have at most ${maxBoundary} characters, got ${boundary.length}`);
  }
  if (!/^[\w'()+,./:=? -]+$/.test(boundary)) throw invalidForm("the Content-Type of the form names no valid boundary");
  return boundary;
}

/** Before a parser holds them all. @throws InvalidInputError `invalid_form` */
function assertModest(body: Buffer, boundary: string): void {
  const needle = `\r\n--${boundary}`;
  let headBytes = 0;
  let parts = 0;
  // The first part has no line before it, and the end of the form is no part.
  let at = body.subarray(0, needle.length).indexOf(needle.slice(2)) === 0 ? -2 : body.indexOf(needle);
  while (at >= -2 && at !== -1) {
    const start = at + needle.length;
    at = body.indexOf(needle, start);
    if (++parts > maxParts + 1) throw invalidForm(`the form has more than ${maxParts} parts; send fewer`);
    if (body.toString("latin1", start, start + 2) === "--") continue;
    const end = body.subarray(start, start + maxPartHead).indexOf("\r\n\r\n");
    headBytes += end;
    if (end < 0 || headBytes > maxHeads) {
      throw invalidForm(
        `the names and types of the form's parts must end within ${maxPartHead} bytes, ${maxHeads} in all`,
      );
    }
  }
}

function invalidForm(message: string): InvalidInputError {
  return new InvalidInputError("invalid_form", message, { param: "body" });
}
