import { expect, it } from "vitest";
import { client, serveSdk } from "../../test/support/api/sdk-under-test.ts";
import { collect } from "../../test/support/collect.ts";
import { fillPrompt, splitPrompt } from "./prompts.ts";

serveSdk();

it("keeps, changes and deletes prompts", async () => {
  const { prompts } = client();
  const made = await prompts.create({ name: "Sign", text: 'a sign with "{{lettering}}"', tags: ["shop"] });
  expect(made).toMatchObject({ variables: { lettering: "" }, negative: null });
  await prompts.create({ name: "Other", text: "a fox" });
  // Both may have been made in the same millisecond.
  const names = (await collect(prompts.list({}, { pageSize: 1 }))).map(({ name }) => name);
  expect(names.toSorted()).toEqual(["Other", "Sign"]);
  expect(await collect(prompts.list({ tag: "shop" }))).toHaveLength(1);
  const changed = await prompts.update(made.id, { variables: { lettering: "OPEN" } });
  expect(fillPrompt(changed.text, changed.variables)).toBe('a sign with "OPEN"');
  expect(await prompts.delete(made.id)).toMatchObject({ deleted: true });
  await expect(prompts.get(made.id)).rejects.toMatchObject({ status: 404, code: "prompt_not_found" });
});

it("reads the library", async () => {
  const { data, tips } = await client().prompts.library({ model: "z-image-turbo" });
  expect(data).toHaveLength(14);
  expect(tips.length).toBeGreaterThan(5);
});

it.each([
  ["{{a}} and {{ b }}", { a: "1", b: "$&" }, "1 and $&"],
  ["{{颜色}}花", { 颜色: "红" }, "红花"],
  ["{{constructor}}x{{a}}", {}, "x"],
  ["{{}} {{a b}} {a} {{a}", { a: "1" }, "{{}} {{a b}} {a} {{a}"],
])("fills %s", (text, values, filled) => {
  expect(fillPrompt(text, values)).toBe(filled);
});

it.each([
  ["a fox", [{ text: "a fox" }]],
  ["a {{ colour }} {{物体}}", [{ text: "a " }, { variable: "colour" }, { text: " " }, { variable: "物体" }]],
  ["{{a b}} {a}", [{ text: "{{a b}} {a}" }]],
])("splits %j", (text, pieces) => {
  expect(splitPrompt(text)).toEqual(pieces);
});
