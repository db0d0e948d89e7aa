import { InvalidRequestError } from "../../../../shared/request/field-errors.ts";
import { type FieldKind, requestFields, valueOfText } from "../../../../shared/request/request-fields.ts";
import { checkJsonValue } from "../../http/json-body.ts";
import { openaiImageRequestSchema } from "./request.ts";

let kinds: ReadonlyMap<string, FieldKind> | undefined;

/** Kind of a field of the JSON body; a form carries all of them as text. Computed for the first form. */
function kindOf(field: string): FieldKind {
  kinds ??= new Map(requestFields(openaiImageRequestSchema).map(({ name, kind }) => [name, kind]));
  return kinds.get(field) ?? "text";
}

type Body = { readonly [field: string]: unknown };

/**
 * The form of `POST /v1/images/edits` as the JSON body of a generation, with its files as data URLs: `image` when one
 * was given, a list when several. What a value may be is judged with the body.
 */
export async function bodyOfEditForm(form: FormData): Promise<Body> {
  const body: { [field: string]: unknown } = {};
  const images: string[] = [];
  for (const [name, part] of form) {
    if (part instanceof File) {
      const url = `data:${part.type || "application/octet-stream"};base64,${Buffer.from(await part.arrayBuffer()).toString("base64")}`;
      if (name === "image" || name === "image[]") images.push(url);
      else body[name] = url;
    } else body[name] = valueOfText(kindOf(name), part);
  }
  if (images.length > 0) body.image = images.length === 1 ? images[0] : images;
  checkJsonValue(body);
  // A member named __proto__ would not be one.
  return { ...body };
}

/**
 * The JSON form of the same request, as lines of batches have it: `images` and `mask` name images as
 * `{ "image_url": … }` or `{ "file_id": … }`.
 * @throws InvalidRequestError when it names no image
 */
export function bodyOfEditJson(given: unknown): unknown {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return given;
  const { images, mask, ...body } = given as Body;
  const named = Array.isArray(images) ? images.map(referenceOf) : [];
  return requireImage({
    ...body,
    ...(named.length > 0 && { image: named.length === 1 ? named[0] : named }),
    ...(mask !== undefined && { mask: referenceOf(mask) }),
  });
}

/** What names an image in that form; anything else as it is, for the schema to refuse. */
function referenceOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const [[name, reference] = [], ...others] = Object.entries(value);
  return (name === "image_url" || name === "file_id") && others.length === 0 ? reference : value;
}

/** @throws InvalidRequestError where there is none */
export function requireImage(body: Body): Body {
  if (body.image != null) return body;
  const message = "image is required: give the image to edit";
  throw new InvalidRequestError([{ param: "image", code: "invalid_value", message }]);
}
