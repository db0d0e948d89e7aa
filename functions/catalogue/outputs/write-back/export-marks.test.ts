import { afterEach, beforeEach, expect, it } from "vitest";
import { ItemsConditionFailed } from "../../../../shared/ports/items.ts";
import { type ApiUnderTest, openApi } from "../../../../test/support/api/api-under-test.ts";
import type { MemoryOwner } from "../../run/image-memory.ts";
import type { Channel } from "./channels.ts";
import { addMarks, readMarks } from "./export-marks.ts";

const owner = { accountId: "acc_1", runKey: "spring" };

let api: ApiUnderTest;
beforeEach(async () => {
  api = await openApi();
});
afterEach(() => api.close());

const marksOf = async (whose: MemoryOwner, channel: Channel) =>
  Object.fromEntries((await readMarks(whose, channel, api)).marks);

async function add(id: string, added: Record<string, string>) {
  const before = await readMarks(owner, "shopify", api);
  await addMarks(owner, "shopify", { before, added: new Map(Object.entries(added)), id }, api);
}

it("keeps what a channel was given before, and the newest content of each image, apart from other channels", async () => {
  await add("first", { "A#main#1": "a1", "B#main#1": "b1" });
  await add("second", { "A#main#1": "a2", "C#main#1": "c1" });
  expect(await marksOf(owner, "shopify")).toEqual({ "A#main#1": "a2", "B#main#1": "b1", "C#main#1": "c1" });
  expect(await marksOf(owner, "google")).toEqual({});
  expect(await marksOf({ ...owner, runKey: "autumn" }, "shopify")).toEqual({});
  expect(await marksOf({ ...owner, accountId: "acc_2" }, "shopify")).toEqual({});
});

it.each([[{}], [{ "A#main#1": "a1" }]])("refuses the later of two exports that began with %j", async (start) => {
  if (Object.keys(start).length > 0) await add("start", start);
  const before = await readMarks(owner, "shopify", api);
  await addMarks(owner, "shopify", { before, added: new Map([["B#main#1", "b1"]]), id: "first" }, api);
  const late = addMarks(owner, "shopify", { before, added: new Map([["C#main#1", "c1"]]), id: "second" }, api);
  await expect(late).rejects.toThrow(ItemsConditionFailed);
  expect(await marksOf(owner, "shopify")).toEqual({ ...start, "B#main#1": "b1" });
});

it("fails rather than give a channel everything again when the marks are gone", async () => {
  await add("first", { "A#main#1": "a1" });
  await api.objects.delete("k/acc_1/spring/exported-shopify-first.json.gz");
  await expect(readMarks(owner, "shopify", api)).rejects.toThrow("the marks of the exports to shopify are gone");
});
