import { Hono } from "hono";
import { InvalidInputError } from "../../../shared/errors.ts";
import { readImageHeader } from "../../../shared/image-files/image-header.ts";
import type { ImageFormat } from "../../../shared/job.ts";
import { maxInputPixels } from "../../../shared/limits.ts";
import { parseFields } from "../../../shared/request/field-errors.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { bodyLimit } from "../http/body-limit.ts";
import { readForm } from "../http/form-body.ts";
import { readJsonBody } from "../http/json-body.ts";
import { readImageFile } from "../submission/input-images.ts";
import { verifyQuerySchema, verifyRequestSchema } from "./verify-request.ts";

/** Loaded with the first request: few processes get one. */
const openVerifier = () => import("./verify-image.ts");

const noStore = { "Cache-Control": "no-store" };

/** `/v1/verify`: whether an image was made here, by the digest of its file or by the file. */
export function verifyRoute(dependencies: RouteDependencies): Hono<ApiEnv> {
  const { authenticate } = dependencies;
  return new Hono<ApiEnv>()
    .get("/", authenticate("images:verify"), async (c) => {
      const { sha256 } = parseFields(verifyQuerySchema, c.req.query());
      const { verifyDigest } = await openVerifier();
      return c.json(await verifyDigest(sha256, c.get("identity").accountId, dependencies), 200, noStore);
    })
    .post("/", authenticate("images:verify"), bodyLimit(largerFiles), async (c) => {
      const { accountId } = c.get("identity");
      const isForm = /^multipart\/form-data/i.test(c.req.header("content-type") ?? "");
      const { verifyFile } = await openVerifier();
      const room = dependencies.budget.memory.open(accountId);
      try {
        const file = isForm ? imageOfForm(await readForm(c.req.raw)) : undefined;
        if (file !== undefined) return c.json(await verifyFile(await file, accountId, dependencies), 200, noStore);
        const { image } = parseFields(verifyRequestSchema, await readJsonBody(c.req.raw));
        const read = await readImageFile(image, "image", { accountId, room }, dependencies);
        return c.json(await verifyFile(read, accountId, dependencies), 200, noStore);
      } finally {
        room.close();
      }
    });
}

/** An image of a large size or of little loss takes more than a request may. */
const largerFiles = 'upload a larger file to /v1/files and send its id: {"image": "file-…"}';

async function imageOfForm(form: FormData): Promise<{ readonly bytes: Uint8Array; readonly format: ImageFormat }> {
  const file = form.get("file");
  if (!(file instanceof File)) throw invalid("file is required: a form with an image file named file");
  const bytes = new Uint8Array(await file.arrayBuffer());
  const header = readImageHeader(bytes);
  if (header === undefined) throw invalid(`file must be a PNG, JPEG, WebP or AVIF image, got ${bytes.length} bytes`);
  const { format, width, height } = header;
  if (width * height > maxInputPixels) {
    throw invalid(`file must have at most ${maxInputPixels} pixels, got ${width}×${height}; send a smaller image`);
  }
  return { bytes, format };
}

function invalid(message: string): InvalidInputError {
  return new InvalidInputError("invalid_image", message, { param: "file" });
}
