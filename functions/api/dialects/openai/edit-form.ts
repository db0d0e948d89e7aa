/** Numbers and switches of the JSON body, which a form carries as text. */
const numbers = new Set([
  "n",
  "output_compression",
  "partial_images",
  "seed",
  "steps",
  "guidance",
  "cfg_truncation",
  "strength",
]);
const switches = new Set(["stream", "cfg_normalization"]);

/**
 * The form of `POST /v1/images/edits` as the JSON body of a generation, with its files as data URLs: `image` when one was given, a
 * list when several. What a value may be is judged with the body.
 */
export async function bodyOfEditForm(form: FormData): Promise<{ readonly [field: string]: unknown }> {
  const body: { [field: string]: unknown } = {};
  const images: string[] = [];
  for (const [name, part] of form) {
    if (part instanceof File) {
      const url = `data:${part.type || "application/octet-stream"};base64,${Buffer.from(await part.arrayBuffer()).toString("base64")}`;
      if (name === "image" || name === "image[]") images.push(url);
      else body[name] = url;
    } else if (numbers.has(name) && part.trim() !== "" && Number.isFinite(Number(part))) body[name] = Number(part);
    else if (switches.has(name) && (part === "true" || part === "false")) body[name] = part === "true";
    else body[name] = part;
  }
  if (images.length > 0) body.image = images.length === 1 ? images[0] : images;
  // A member named __proto__ would not be one.
  return { ...body };
}
