import type { Context } from "hono";
import { ApiError } from "../problems/api-error.ts";

/** What a response with ranges is part of. */
interface Representation {
  readonly bytes: number;
  /** In quotes. */
  readonly etag: string;
}

/**
 * First and last byte of `Range: bytes=…`; `undefined` for the whole file, also where a server may ignore the header:
 * other units, several ranges, or an `If-Range` that no longer holds.
 * @throws ApiError 416 when nothing of the file is in the range
 */
export function requestedRange(c: Context, { bytes, etag }: Representation): readonly [number, number] | undefined {
  const [, first = "", last = ""] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(c.req.header("range") ?? "") ?? [];
  const ifRange = c.req.header("if-range");
  if ((first === "" && last === "") || (ifRange !== undefined && ifRange !== etag)) return undefined;
  const start = first === "" ? Math.max(0, bytes - Number(last)) : Number(first);
  const end = first === "" || last === "" ? bytes - 1 : Math.min(Number(last), bytes - 1);
  if (first !== "" && last !== "" && Number(last) < Number(first)) return undefined;
  if (start >= bytes || end < start) {
    throw new ApiError(416, "range_not_satisfiable", `the file has ${bytes} bytes; ask for some of them`, {
      headers: { "content-range": `bytes */${bytes}` },
    });
  }
  return [start, end];
}

/** Whether `If-None-Match` names it. */
export function matchesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(",").some((tag) => tag.trim() === "*" || tag.trim().replace(/^W\//, "") === etag);
}
