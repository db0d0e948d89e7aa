import { readDrawingRequest } from "../../../shared/image-files/drawing-request.ts";
import { InvalidRequestError, parseFields } from "../../../shared/request/field-errors.ts";
import { inputFields } from "../../../shared/request/repeat-request.ts";
import type { Identity } from "../access/identity.ts";
import type { RouteDependencies } from "../dependencies.ts";
import { fromImageSchema } from "./from-image-schema.ts";
import { readInputImage } from "./input-images.ts";

/** Fields that say the same as another one: who gives one of them does not mean the file's. */
const alternatives: readonly (readonly string[])[] = [
  ["size", "width", "height", "aspect_ratio"],
  ["steps", "sigmas"],
  ["shift", "sigmas"],
];

/**
 * The body of a request that names an image to draw again, `from_image`: the fields that its file says it was drawn
 * from, and over them those of the body. Any other body comes back as it is.
 * @throws InvalidRequestError `no_parameters` where the file does not say
 * @throws InvalidInputError, LimitError as `readInputImage`
 */
export async function requestFromImage(
  body: unknown,
  { accountId }: Pick<Identity, "accountId">,
  dependencies: RouteDependencies,
): Promise<unknown> {
  if (typeof body !== "object" || body === null || !("from_image" in body)) return body;
  const { from_image: reference } = parseFields(fromImageSchema, body);
  // As they were sent: a field that the schema has filled in must not stand in the way of the file's.
  const { from_image: _, ...given } = body as { readonly [field: string]: unknown };
  const room = dependencies.budget.memory.open(accountId);
  try {
    const { bytes } = await readInputImage(reference, "from_image", { accountId, room }, dependencies);
    const found = readDrawingRequest(bytes);
    if (found === undefined) throw noParameters();
    const { inputs, ...fields } = found;
    const missing = inputFields.filter((field) => Array.isArray(inputs) && inputs.includes(field) && !(field in given));
    if (missing.length > 0) throw missingInputs(missing);
    const replaced = alternatives.flatMap((names) => (names.some((name) => name in given) ? names : []));
    const kept = Object.entries(fields).filter(([name]) => !replaced.includes(name));
    return { ...Object.fromEntries(kept), ...given };
  } finally {
    room.close();
  }
}

function missingInputs(fields: readonly string[]): InvalidRequestError {
  const message =
    `this image was drawn with ${fields.join(", ")}, which its file does not contain; give the same beside from_image, ` +
    "or send the fields that you want without from_image";
  return new InvalidRequestError([{ param: fields[0]!, code: "missing_input", message }]);
}

function noParameters(): InvalidRequestError {
  const message =
    "this file does not say how it was drawn: its texts were removed, or it was not drawn by this service, " +
    "AUTOMATIC1111's web UI, ComfyUI or a program that writes the same; give the fields yourself";
  return new InvalidRequestError([{ param: "from_image", code: "no_parameters", message }]);
}
