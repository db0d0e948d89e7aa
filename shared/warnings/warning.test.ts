import { expect, it } from "vitest";
import { makeWarning, ofImage, renamed, storedWarnings, warningText } from "./warning.ts";
import { warningTexts } from "./warning-texts.ts";

it("has every sentence in both languages, of values that are in the English one", () => {
  const valuesOf = (text: string) => new Set(text.match(/\{\w+\}/g));
  for (const [code, { en, zh }] of Object.entries(warningTexts)) {
    expect(zh, code).toMatch(/\p{Script=Han}/u);
    // English spells some counts out: "1 tensor is", "2 tensors are".
    const missing = [...valuesOf(zh)].filter((value) => value !== "{count}" && !valuesOf(en).has(value));
    expect(missing, code).toEqual([]);
  }
});

it("fills in its values, names of things in the reader's language", () => {
  const nearest = [
    { en: "kite", zh: "风筝" },
    { en: "tent", zh: "帐篷" },
  ];
  const warning = makeWarning("unknown_object", { model: "tiny", known: 2, nearest }, "prompt");
  expect(warningText(warning, "en")).toBe("tiny knows 2 objects; none found in this prompt; nearest: kite, tent");
  expect(warningText(warning, "zh")).toBe("tiny 只认识 2 种物体，提示词中一种也没有；最接近的有：风筝、帐篷");
});

it("takes values as they are, braces and dollars too", () => {
  expect(makeWarning("foreign_field", { text: "$& {text} {model}" }).message).toBe("$& {text} {model}");
});

it("names the image that it is about, and renames what is in it", () => {
  const warning = ofImage(makeWarning("lora_tensors_repeated", { adapter: "/srv/a", names: "x" }), 2);
  const told = renamed(warning, (text) => text.replace("/srv/a", "LoRA a"));
  expect(told.message).toMatch(/^image 2: LoRA a: counted once/);
  expect(warningText(told, "zh")).toMatch(/^第 2 张图片：LoRA a：/);
});

it("reads the sentences of earlier versions, and codes of later ones", () => {
  const [old, later] = storedWarnings(["cut", { code: "of_tomorrow", message: "m", values: {} }]);
  expect([old?.code, old?.message, warningText(old!, "zh")]).toEqual(["unspecified", "cut", "cut"]);
  expect(warningText(later!, "zh")).toBe("m");
});
