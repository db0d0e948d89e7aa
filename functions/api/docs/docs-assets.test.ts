import { expect, it } from "vitest";
import { readDocsAsset } from "./docs-assets.ts";

it("reads this repository's pages and swagger-ui's files, and has nothing for other names", async () => {
  const text = async (name: string) => Buffer.from((await readDocsAsset(name)) ?? "").toString();
  expect(await text("architecture.md")).toMatch(/^# /);
  expect(await text("swagger-ui.css")).toContain(".swagger-ui");
  expect(await readDocsAsset("nothing.md")).toBeUndefined();
  expect(await readDocsAsset("nothing.css")).toBeUndefined();
});
