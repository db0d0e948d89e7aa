import { expect, it } from "vitest";
import { requestFingerprint } from "./request-fingerprint.ts";

const body = { prompt: "p", n: 1, loras: [{ id: "a", scale: 1 }, { id: "b" }] };

it("is the same for equal bodies, in whatever order their keys come", () => {
  const print = requestFingerprint("/v1/jobs", body);
  expect(print).toMatch(/^[0-9a-f]{64}$/);
  expect(requestFingerprint("/v1/jobs", { loras: [{ scale: 1, id: "a" }, { id: "b" }], n: 1, prompt: "p" })).toBe(
    print,
  );
});

it.each([
  ["another path", "/v1/quotes", body],
  ["a value of another type", "/v1/jobs", { ...body, n: "1" }],
  ["another order of a list", "/v1/jobs", { ...body, loras: body.loras.toReversed() }],
  ["one field more", "/v1/jobs", { ...body, seed: null }],
])("is another for %s", (_, path, other) => {
  expect(requestFingerprint(path, other)).not.toBe(requestFingerprint("/v1/jobs", body));
});
