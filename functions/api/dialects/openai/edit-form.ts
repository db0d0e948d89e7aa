import { type FieldKind, requestFields, valueOfText } from "../../../../shared/request/request-fields.ts";
import { checkJsonValue } from "../../http/json-body.ts";
import { openaiImageRequestSchema } from "./request.ts";

let kinds: ReadonlyMap<string, FieldKind> | undefined;

/** Kind of a field of the JSON body; a form carries all of them as text. Computed for the first form. */
function kindOf(field: string): FieldKind {
  kinds ??= new Map(requestFields(openaiImageRequestSchema).map(({ name, kind }) => [name, kind]));
  return kinds.get(field) ?? "text";
}

/**
 * The form of `POST /v1/images/edits` as the JSON body of a generation, with its files as data URLs: `image` when one
 * was given, a list when several. What a value may be is judged with the body.
 */
export async function bodyOfEditForm(form: FormData): Promise<{ readonly [field: string]: unknown }> {
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
