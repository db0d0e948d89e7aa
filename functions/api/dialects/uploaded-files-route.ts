import { type Context, Hono } from "hono";
import { InvalidInputError } from "../../../shared/errors.ts";
import { maxMetadataKeys, maxMetadataValueCharacters } from "../../../shared/limits.ts";
import { describeValue } from "../../../shared/request/explain/describe-value.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { withFreshLinks } from "../files/fresh-links.ts";
import { isShownImage } from "../files/is-shown-image.ts";
import { type FileQuery, UploadedFiles } from "../files/uploaded-files.ts";
import { bodyLimit } from "../http/body-limit.ts";
import { readForm } from "../http/form-body.ts";
import { pageLimit } from "../http/page-query.ts";
import { requestLinks } from "../http/request-links.ts";
import type { FileForm } from "./dialect.ts";

/** A form, and the name of its dialect. */
export type NamedFileForm = FileForm & { readonly dialect: string };

/** Files on a page. */
export const maxPage = 100;

const partsRemedy = "send a larger file in parts, with POST /v1/uploads";

/**
 * `/v1/files`. The field of the upload form that holds the file says which dialect it is in; later requests are told
 * apart by the prefix of the id, and the list serves all dialects in one body.
 */
export function uploadedFilesRoute(dependencies: RouteDependencies, forms: readonly NamedFileForm[]): Hono<ApiEnv> {
  const { authenticate } = dependencies;
  const files = new UploadedFiles(dependencies);
  const formOf = (id: string) => forms.find(({ idPrefix }) => id.startsWith(idPrefix))!;
  const anyId: `/:id{${string}}` = `/:id{(?:${forms.map(({ idPrefix }) => idPrefix).join("|")})[0-9A-Z]{26}}`;

  return new Hono<ApiEnv>()
    .post("/", authenticate("files:write"), bodyLimit(partsRemedy), async (c) => upload(c, files, forms, dependencies))
    .get("/", authenticate("files:read"), async (c) => {
      const page = await files.list(c.get("identity").accountId, fileQuery(c.req.query()));
      const link = requestLinks(c, dependencies);
      return c.json(Object.assign({}, ...forms.map((form) => form.presentList(page, link))) as object);
    })
    .get(anyId, authenticate("files:read"), async (c) => {
      const file = await files.get(c.get("identity").accountId, c.req.param("id"));
      return c.json(formOf(file.id).present(file, requestLinks(c, dependencies)));
    })
    .get("/:key{file-[0-9A-Z]{26}}/content", authenticate("files:read"), async (c) => {
      const file = await files.get(c.get("identity").accountId, c.req.param("key"));
      const pieces = files.stream(file);
      const body = file.hasLinks ? withFreshLinks(pieces, requestLinks(c, dependencies)) : pieces;
      // Before anything is sent: bytes that are gone are a 404.
      const first = await body.next();
      c.header("Content-Type", file.contentType);
      if (!file.hasLinks) c.header("Content-Length", String(file.bytes));
      // An uploaded file must not act as a page of this site.
      c.header("Content-Security-Policy", "default-src 'none'; sandbox");
      if (!isShownImage(file.contentType)) c.header("Content-Disposition", "attachment");
      return c.body(streamOf(first, body));
    })
    .delete(anyId, authenticate("files:write"), async (c) => {
      const id = c.req.param("id");
      await files.remove(c.get("identity").accountId, id);
      const deleted = formOf(id).presentDeleted?.(id);
      return deleted === undefined ? c.body(null, 204) : c.json(deleted);
    });
}

/** Purposes are stored up to this length, so filters are cut to it as well. */
const maxPurposeCharacters = 64;

/** @throws InvalidInputError for an order or a limit that is none */
function fileQuery({ limit, after, order = "desc", purpose }: { readonly [name: string]: string }): FileQuery {
  if (order !== "asc" && order !== "desc") {
    const message = `order must be asc or desc, got ${describeValue(order)}`;
    throw new InvalidInputError("invalid_value", message, { param: "order" });
  }
  return {
    limit: pageLimit(limit, { most: maxPage, usual: maxPage }),
    after,
    order,
    purpose: purpose?.slice(0, maxPurposeCharacters),
  };
}

/** @param first - what was read of `rest` already */
function streamOf(
  first: IteratorResult<Uint8Array, void>,
  rest: AsyncGenerator<Uint8Array, void>,
): ReadableStream<Uint8Array> {
  let next: IteratorResult<Uint8Array, void> | undefined = first;
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = next ?? (await rest.next());
      next = undefined;
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await rest.return();
    },
  });
}

async function upload(
  c: Context<ApiEnv>,
  files: UploadedFiles,
  forms: readonly NamedFileForm[],
  dependencies: RouteDependencies,
): Promise<Response> {
  const data = await readForm(c.req.raw);
  const form = forms.find(({ formField }) => data.has(formField));
  const file = form && data.get(form.formField);
  // From here on also its errors are in its form.
  c.set("dialect", form?.dialect);
  if (form === undefined || !(file instanceof File)) {
    const message = `file is required: a form with a file in the field ${forms.map(({ formField }) => formField).join(" or ")}`;
    throw new InvalidInputError("invalid_value", message, { param: "file" });
  }
  const purpose = data.get("purpose");
  const stored = await files.create(
    {
      id: `${form.idPrefix}${dependencies.newId()}`,
      accountId: c.get("identity").accountId,
      filename: file.name,
      contentType: file.type.split(";")[0]?.trim() || "application/octet-stream",
      purpose: typeof purpose === "string" ? purpose.slice(0, maxPurposeCharacters) : undefined,
      metadata: await metadataOf(data.get("metadata")),
      expiresAfterS: form.expiresAfterS?.(data),
    },
    new Uint8Array(await file.arrayBuffer()),
  );
  return c.json(form.present(stored, requestLinks(c, dependencies)), form.createdStatus);
}

const maxMetadataCharacters = 20_000;

/** Replicate's `metadata`: a JSON object, of which we keep what is text. */
async function metadataOf(part: ReturnType<FormData["get"]>): Promise<{ [key: string]: string }> {
  const text = part instanceof File ? await part.text() : part;
  if (text === null) return {};
  if (text.length > maxMetadataCharacters) {
    const message = `metadata must have at most ${maxMetadataCharacters} characters, got ${text.length}`;
    throw new InvalidInputError("invalid_value", message, { param: "metadata" });
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      const entries = Object.entries(value).slice(0, maxMetadataKeys);
      return Object.fromEntries(
        entries.map(([key, member]) => [key, String(member).slice(0, maxMetadataValueCharacters)]),
      );
    }
  } catch {
    // The same response as to JSON of another shape.
  }
  throw new InvalidInputError("invalid_value", "metadata must be a JSON object", { param: "metadata" });
}
