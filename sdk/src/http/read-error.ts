import type { Problem } from "../api.ts";
import { ApiError } from "../errors.ts";

/** Statuses of temporary errors, for responses that do not say whether to retry. */
const passing: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/**
 * The error of an unsuccessful response. Problem documents are taken as they are; OpenAI's form
 * (`/v1/models`, `/v1/files`) and Replicate's, and the pages of proxies, become one.
 * @param now - milliseconds since the epoch, for a `Retry-After` that names a time
 */
export function readError(
  { status, headers }: Pick<Response, "status" | "headers">,
  body: string,
  now: number,
): ApiError {
  const retryAfterMs = parseRetryAfter(headers.get("retry-after"), now);
  return new ApiError(problemOf(status, body, headers.get("x-request-id") ?? ""), { status, retryAfterMs });
}

function problemOf(status: number, body: string, requestId: string): Problem {
  const json = parseObject(body);
  if (typeof json?.code === "string" && typeof json.detail === "string" && Array.isArray(json.errors)) {
    return json as unknown as Problem;
  }
  const foreign = (typeof json?.error === "object" ? json.error : json) as
    | { readonly [name: string]: unknown }
    | undefined;
  const text = (name: string) => (typeof foreign?.[name] === "string" ? (foreign[name] as string) : undefined);
  const code = text("code") ?? `http_${status}`;
  const detail = text("message") ?? text("detail") ?? `the server responded with ${status}: ${excerpt(body)}`;
  const param = text("param");
  return {
    type: `urn:z-image:problem:${code}`,
    title: text("title") ?? `HTTP ${status}`,
    status,
    detail,
    instance: "",
    code,
    param,
    values: {},
    errors: param === undefined ? [] : [{ param, code, message: detail, values: {} }],
    request_id: requestId,
    retryable: passing.has(status),
  };
}

function parseObject(body: string): { readonly [name: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? (value as { [name: string]: unknown }) : undefined;
  } catch {
    return undefined;
  }
}

function excerpt(body: string): string {
  const line = body.replace(/\s+/g, " ").trim();
  return line === "" ? "nothing" : line.slice(0, 200);
}

/** RFC 9110: seconds, or a date. */
function parseRetryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}
