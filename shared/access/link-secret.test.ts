import { expect, it } from "vitest";
import { openEmbeddedItems } from "../embedded/items.ts";
import { ensureLinkSecret } from "./link-secret.ts";

it("makes one secret for concurrent callers", async () => {
  const items = openEmbeddedItems(":memory:");
  const secrets = await Promise.all([ensureLinkSecret(items), ensureLinkSecret(items), ensureLinkSecret(items)]);
  await items.close();
  expect(new Set(secrets).size).toBe(1);
  expect(secrets[0]).toMatch(/^[0-9a-f]{64}$/);
});
