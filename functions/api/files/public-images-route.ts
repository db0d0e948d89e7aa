import { Hono } from "hono";
import { NotFoundError } from "../../../shared/errors.ts";
import type { ApiEnv, RouteDependencies } from "../dependencies.ts";
import { matchesEtag, requestedRange } from "../http/byte-range.ts";
import { ApiError } from "../problems/api-error.ts";
import { objectStream } from "./object-stream.ts";

/**
 * `GET /i/{folder}/{digest}/{file}`: a published image, to everybody, for as long as it is published. Importers of
 * shops follow no redirect and read the name, so the bytes come from here.
 */
export function publicImagesRoute({ items, objects }: RouteDependencies): Hono<ApiEnv> {
  return new Hono<ApiEnv>().get("/:path{.+}", async (c) => {
    const { findPublication } = await import("../../catalogue/publish/publications.ts");
    const found = await findPublication(items, c.req.param("path"));
    c.header("Access-Control-Allow-Origin", "*");
    c.header("Cross-Origin-Resource-Policy", "cross-origin");
    if (found === undefined) throw new NotFoundError("image_not_found", "there is no image at this address");
    if (found.withdrawnAt !== undefined) {
      throw new ApiError(410, "image_withdrawn", "the image at this address was withdrawn by its owner");
    }
    const { key, bytes, contentType, sha256 } = found;
    const etag = `"${sha256.slice(0, 32)}"`;
    c.header("ETag", etag);
    // Other bytes have another address.
    c.header("Cache-Control", "public, max-age=31536000, immutable");
    c.header("Accept-Ranges", "bytes");
    c.header("Content-Disposition", "inline");
    // Nothing that is stored may act as a page of this site.
    c.header("Content-Security-Policy", "default-src 'none'; sandbox");
    c.header("X-Content-Type-Options", "nosniff");
    if (matchesEtag(c.req.header("if-none-match"), etag)) return c.body(null, 304);
    const range = requestedRange(c, { bytes, etag });
    const [start, end] = range ?? [0, bytes - 1];
    c.header("Content-Type", contentType);
    c.header("Content-Length", String(end - start + 1));
    if (range !== undefined) c.header("Content-Range", `bytes ${start}-${end}/${bytes}`);
    const status = range === undefined ? 200 : 206;
    if (c.req.method === "HEAD") return c.body(null, status);
    return c.body(await objectStream(objects, key, { range: [start, end] }), status);
  });
}
