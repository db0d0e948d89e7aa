import { Hono } from "hono";
import { expect, it } from "vitest";
import { matchesEtag, requestedRange } from "./byte-range.ts";

const app = new Hono().get("/", (c) => c.json(requestedRange(c, { bytes: 100, etag: '"a"' }) ?? "whole"));
const ask = async (headers: Record<string, string>) => {
  const response = await app.request("/", { headers });
  return response.status === 200 ? response.json() : response.status;
};

it.each([
  [{}, "whole"],
  [{ range: "bytes=0-9" }, [0, 9]],
  [{ range: "bytes=90-" }, [90, 99]],
  [{ range: "bytes=-10" }, [90, 99]],
  [{ range: "bytes=50-500" }, [50, 99]],
  [{ range: "bytes=5-2" }, "whole"],
  [{ range: "bytes=0-1,3-4" }, "whole"],
  [{ range: "bytes=0-9", "if-range": '"b"' }, "whole"],
  [{ range: "bytes=0-9", "if-range": '"a"' }, [0, 9]],
])("%j asks for %j", async (headers, range) => {
  expect(await ask(headers as Record<string, string>)).toEqual(range);
});

it("knows its tag in a list, weak or not", () => {
  expect(matchesEtag('"x", W/"a"', '"a"')).toBe(true);
  expect(matchesEtag("*", '"a"')).toBe(true);
  expect(matchesEtag('"x"', '"a"')).toBe(false);
  expect(matchesEtag(undefined, '"a"')).toBe(false);
});
