import { expect, it } from "vitest";
import { checkLink, createLinkSigner } from "./signed-link.ts";

const now = Date.UTC(2026, 0, 1, 12, 30);
const links = createLinkSigner({ secret: "s", origin: "https://a.test", now: () => now, lifeS: 3600 });

function partsOf(url: string) {
  const { searchParams } = new URL(url);
  return { exp: searchParams.get("exp") ?? undefined, sig: searchParams.get("sig") ?? undefined };
}

it("makes a link that lives at least as long as asked, to the full hour", () => {
  const { url, expiresAt } = links.file("o/j/0.png");
  expect(expiresAt).toBe(Date.UTC(2026, 0, 1, 14));
  expect(url).toMatch(/^https:\/\/a\.test\/v1\/files\/o\/j\/0\.png\/content\/0\.png\?exp=1767276000&sig=[\w-]{43}$/);
  expect(checkLink("s", { key: "o/j/0.png", ...partsOf(url) }, now)).toBe("valid");
});

it("ends at its time", () => {
  const { url, expiresAt } = links.file("k");
  const link = { key: "k", ...partsOf(url) };
  expect(checkLink("s", link, expiresAt - 1)).toBe("valid");
  expect(checkLink("s", link, expiresAt)).toBe("expired");
});

it("is invalid, never expired, when it was not signed so", () => {
  const { exp, sig } = partsOf(links.file("k").url);
  const late = Date.UTC(2030, 0, 1);
  expect(checkLink("s", { key: "k2", exp, sig }, late)).toBe("invalid");
  expect(checkLink("t", { key: "k", exp, sig }, late)).toBe("invalid");
  expect(checkLink("s", { key: "k", exp: "9999999999", sig }, now)).toBe("invalid");
  expect(checkLink("s", { key: "k", exp: undefined, sig }, now)).toBe("invalid");
  expect(checkLink("s", { key: "k", exp, sig: `${sig}x` }, now)).toBe("invalid");
});
