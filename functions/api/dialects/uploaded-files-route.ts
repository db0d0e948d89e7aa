import { type Context, Hono } from "hono";
import type * as z from "zod";
import { InvalidInputError } from "../../../shared/errors.ts";
import { maxMetadataKeys, maxMetadataValueCharacters } from "../../../shared/limits.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { isShownImage } from "../files/is-shown-image.ts";
import { type UploadedFile, UploadedFiles } from "../files/uploaded-files.ts";
import { bodyLimit } from "../http/body-limit.ts";
import { readForm } from "../http/form-body.ts";
import { requestLinks } from "../http/request-links.ts";
import { presentOpenaiFile } from "./openai/present-file.ts";
import { presentReplicateFile } from "./replicate/present-file.ts";
import type { fileListSchema } from "./uploaded-file-responses.ts";

/** Files on a page. */
export const maxPage = 100;

/**
 * `/v1/files` of two APIs. A form with `content` is Replicate's and makes ids `rf_…`; one with `file` is OpenAI's, `file-…`. Later
 * requests are told apart by the id; the list serves both in one body.
 */
export function uploadedFilesRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { authenticate, newId } = dependencies;
  const files = new UploadedFiles(dependencies);
  const present = (c: Context<ApiEnv>, file: UploadedFile) =>
    file.id.startsWith("rf_") ? presentReplicateFile(file, requestLinks(c, dependencies)) : presentOpenaiFile(file);

  return new Hono<ApiEnv>()
    .post("/", authenticate("files:write"), bodyLimit(), async (c) => {
      const form = await readForm(c.req.raw);
      const { accountId } = c.get("identity");
      const content = form.get("content");
      const file = content ?? form.get("file");
      if (!(file instanceof File)) {
        throw new InvalidInputError("invalid_value", "file is required: a form with a file named file, or content", {
          param: "file",
        });
      }
      const purpose = form.get("purpose");
      const stored = await files.create(
        {
          id: content === null ? `file-${newId()}` : `rf_${newId()}`,
          accountId,
          filename: file.name,
          contentType: file.type.split(";")[0]?.trim() || "application/octet-stream",
          purpose: typeof purpose === "string" ? purpose.slice(0, 64) : undefined,
          metadata: await metadataOf(form.get("metadata")),
        },
        new Uint8Array(await file.arrayBuffer()),
      );
      return c.json(present(c, stored), content === null ? 200 : 201);
    })
    .get("/", authenticate("files:read"), async (c) => {
      // Clients ask for more than a page has, and are given the page.
      const limit = Math.max(1, Math.min(maxPage, Math.trunc(Number(c.req.query("limit") ?? maxPage)) || maxPage));
      const after = c.req.query("after");
      const page = await files.list(c.get("identity").accountId, { limit, after });
      const ids = page.files.map(({ id }) => id);
      const list: z.infer<typeof fileListSchema> = {
        object: "list",
        data: page.files.map(presentOpenaiFile),
        has_more: page.hasMore,
        first_id: ids[0] ?? null,
        last_id: ids.at(-1) ?? null,
        results: page.files.map((file) => presentReplicateFile(file, requestLinks(c, dependencies))),
        next: null,
        previous: null,
      };
      return c.json(list);
    })
    .get("/:id{(?:file-|rf_)[0-9A-Z]{26}}", authenticate("files:read"), async (c) =>
      c.json(present(c, await files.get(c.get("identity").accountId, c.req.param("id")))),
    )
    .get("/:key{file-[0-9A-Z]{26}}/content", authenticate("files:read"), async (c) => {
      const stored = await files.read(c.get("identity").accountId, c.req.param("key"));
      c.header("Content-Type", stored.contentType);
      // What somebody uploaded may not act as a page of this site.
      c.header("Content-Security-Policy", "default-src 'none'; sandbox");
      if (!isShownImage(stored.contentType)) c.header("Content-Disposition", "attachment");
      return c.body(stored.body as Uint8Array<ArrayBuffer>);
    })
    .delete("/:id{(?:file-|rf_)[0-9A-Z]{26}}", authenticate("files:write"), async (c) => {
      const id = c.req.param("id");
      await files.remove(c.get("identity").accountId, id);
      return id.startsWith("rf_") ? c.body(null, 204) : c.json({ id, object: "file", deleted: true });
    });
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
    // The same answer as to JSON of another shape.
  }
  throw new InvalidInputError("invalid_value", "metadata must be a JSON object", { param: "metadata" });
}
