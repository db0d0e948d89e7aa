import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { fillPrompt, variablesOf } from "../../../shared/prompts/prompt-variables.ts";
import { parseFields } from "../../../shared/request/field-errors.ts";
import { exampleIds, readLibrary } from "./library.ts";
import { promptRequestSchema } from "./prompt-request.ts";

const { prompts, tips, version } = await readLibrary();
type Names = readonly { readonly en: string; readonly zh: string }[];
const facts = JSON.parse(
  readFileSync(new URL("../../../models/zimage-tiny/model/model_facts.json", import.meta.url), "utf8"),
) as { readonly vocabulary: { readonly things: Names; readonly backgrounds: Names } };
const languages = ["en", "zh"] as const;

it("has the fourteen known prompts, as their users write them", () => {
  const known = prompts.filter(({ model }) => model === "z-image-turbo");
  expect(known).toHaveLength(14);
  const filled = known.map(({ text, variables }) =>
    fillPrompt(text.zh, Object.fromEntries(variables.map((variable) => [variable.name, variable.default.zh]))),
  );
  expect(filled[0]).toBe(
    '国风茶馆的木质招牌，带清晰"茗香"二字，古色古香的建筑，红灯笼，竹子装饰，清晨阳光斜射，写实风格，8K',
  );
  expect(filled[4]).toBe("年轻女性商务肖像，黑色西装，自信表情，摩天大楼背景，城市天际线，专业摄影，室内柔和光线");
  expect(filled[13]).toBe('咖啡店门头招牌，用手写体写"Morning Coffee"，深色背景，金色字体，温暖的咖啡店氛围');
  for (const { settings } of known) expect(settings).toEqual({ size: "1024x1024", steps: 8, guidance: 0 });
});

it.each(prompts.map((prompt) => [prompt.id, prompt] as const))("%s could be an account's own", (_, prompt) => {
  for (const language of languages) {
    const { name, text, variables, settings, tags } = prompt;
    expect(new Set(variablesOf(text[language]))).toEqual(new Set(variables.map((variable) => variable.name)));
    const defaults = Object.fromEntries(variables.map((variable) => [variable.name, variable.default[language]]));
    const request = { name: name[language], text: text[language], variables: defaults, settings, tags };
    expect(() => parseFields(promptRequestSchema, request)).not.toThrow();
    expect(fillPrompt(text[language], defaults)).not.toMatch(/[{}]/);
  }
});

it("asks zimage-tiny for what it knows alone, and shows what it drew", async () => {
  const { things, backgrounds } = facts.vocabulary;
  const tiny = prompts.filter(({ model }) => model === "zimage-tiny");
  for (const { id, variables } of tiny) {
    for (const { name, default: given } of variables) {
      const known = name === "colour" ? backgrounds : things;
      expect(
        known.some(({ en, zh }) => en === given.en && zh === given.zh),
        `${id}: ${given.en}`,
      ).toBe(true);
    }
  }
  expect(await exampleIds()).toEqual(new Set(tiny.map(({ id }) => id)));
});

it("has ids once, texts in both languages, and tips for tags that there are", () => {
  expect(version).toMatch(/^\d{4}-\d\d-\d\d$/);
  const ids = [...prompts, ...tips].map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const tags = new Set(prompts.flatMap((prompt) => prompt.tags));
  for (const { tag, text } of tips) {
    expect(text.en.length && text.zh.length).toBeGreaterThan(0);
    if (tag !== null) expect(tags).toContain(tag);
  }
});
