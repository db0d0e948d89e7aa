import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { objectList, trainedObjects } from "./list-objects.ts";

it("lists the objects of the committed configuration", async () => {
  const committed = await readFile(new URL("objects.md", import.meta.url), "utf8");
  expect(committed).toBe(objectList(await trainedObjects()));
});
