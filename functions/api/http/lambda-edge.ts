import type { Objects } from "../../../shared/ports/objects.ts";
import { withMethods } from "../../../shared/ports/with-methods.ts";

/** What differs for the API when it stands behind CloudFront and API Gateway. */

/** CloudFront waits 60 s for the first byte of a response. */
const maxSilentS = 50;

/**
 * The request, with `Prefer: wait=N` reduced to what the edge allows: `Preference-Applied` says so, and the client asks
 * again.
 */
export function clampWait(request: Request): Request {
  const prefer = request.headers.get("prefer");
  if (prefer === null) return request;
  const clamped = prefer.replace(
    /(^|,)(\s*wait)(?:\s*=\s*"?(\d{1,9})"?)?(?=\s*(?:[;,]|$))/gi,
    (_all, start: string, name: string, seconds = "60") => `${start}${name}=${Math.min(Number(seconds), maxSilentS)}`,
  );
  if (clamped === prefer) return request;
  const headers = new Headers(request.headers);
  headers.set("prefer", clamped);
  return new Request(request, { headers });
}

/** These belong to one hop; API Gateway has its own. */
const connectionHeaders = ["connection", "keep-alive", "transfer-encoding"];

export function withoutConnectionHeaders(response: Response): Response {
  if (!connectionHeaders.some((name) => response.headers.has(name))) return response;
  const headers = new Headers(response.headers);
  for (const name of connectionHeaders) headers.delete(name);
  return new Response(response.body, { status: response.status, headers });
}

/**
 * Finished images (`o/…`) come from the distribution, under their own key: job ids have 80 random bits and the key ends
 * in the content's digest, so knowing one is permission enough, and an edge location near the reader keeps it. All else
 * by S3's own link.
 */
export function cdnImages(objects: Objects): Objects {
  return withMethods(objects, {
    presign: async (key, options) => (key.startsWith("o/") ? `/${key}` : objects.presign(key, options)),
  });
}
