import { expect, it } from "vitest";
import { openEmbeddedItems } from "../../embedded/items.ts";
import { latest, noteIndexBegin, readIndexBegin } from "./index-begin.ts";

it("keeps the first time, whoever comes later or at the same moment", async () => {
  const items = openEmbeddedItems(":memory:");
  expect(await readIndexBegin(items, "i")).toBe(latest);
  await Promise.all([1_000, 1_000].map((at) => noteIndexBegin(items, { now: () => at }, "i")));
  await noteIndexBegin(items, { now: () => 2_000 }, "i");
  expect(await readIndexBegin(items, "i")).toBe("1970-01-01T00:00:01.000Z");
  expect(await readIndexBegin(items, "other")).toBe(latest);
  await items.close();
});

it("passes on that the store failed", async () => {
  const items = openEmbeddedItems(":memory:");
  const failing = { ...items, get: async () => undefined, write: async () => Promise.reject(new Error("down")) };
  await expect(noteIndexBegin(failing as never, { now: () => 1 }, "i")).rejects.toThrow("down");
  await items.close();
});
