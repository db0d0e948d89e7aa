import { describe, expect, it } from "vitest";
import { captionTemplates, heldOutWords, trainingWordings } from "./caption-templates.ts";
import { languages } from "./emoji-object.ts";
import { type EmojiData, joinObjects, keepDistinctTags } from "./join-objects.ts";
import { loadObjects } from "./objects.ts";

const entry = (hexcode: string, label: string, rest: Partial<EmojiData[number]> = {}): EmojiData[number] => ({
  hexcode,
  label,
  tags: [],
  version: 1,
  group: 3,
  subgroup: 34,
  ...rest,
});

describe("joining names and images", () => {
  it("matches hexcodes with and without FE0F and takes older ones first", () => {
    const en = [entry("1F43F-FE0F", "chipmunk"), entry("1F436", "dog face", { version: 0.6 })];
    const zh = [entry("1F436", "狗脸"), entry("1F43F", "松鼠")];
    expect(joinObjects(en, zh, new Set(["1F43F", "1F436"]))).toEqual([
      { hexcode: "1F436", en: "dog face", zh: "狗脸", tags: { en: [], zh: [] } },
      { hexcode: "1F43F", en: "chipmunk", zh: "松鼠", tags: { en: [], zh: [] } },
    ]);
  });

  it.each([
    ["no image", entry("1", "cat"), "猫", []],
    ["people", entry("1", "farmer", { skins: [{}] }), "农民", ["1"]],
    ["faces and flags", entry("1", "sad face", { group: 0, subgroup: 9 }), "伤心", ["1"]],
    ["clock faces", entry("1", "two o’clock", { group: 5 }), "两点", ["1"]],
    ["a Chinese name that is taken", entry("1", "kitty"), "猫", ["0", "1"]],
  ])("leaves out what has %s", (_, wanted, chinese, images) => {
    const first = entry("0", "cat");
    const joined = joinObjects([first, wanted], [entry("0", "猫"), entry("1", chinese)], new Set(images));
    expect(joined.map(({ hexcode }) => hexcode)).not.toContain("1");
  });

  it("corrects a name, and keeps the old one as a tag of that object alone", () => {
    const en = [entry("1F697", "automobile"), entry("1F68C", "bus", { tags: ["automobile", "public"] })];
    const joined = joinObjects(en, [entry("1F697", "汽车"), entry("1F68C", "公交车")], new Set(["1F697", "1F68C"]));
    expect(joined.map(({ en, tags }) => [en, tags.en])).toEqual([
      ["car", ["automobile"]],
      ["bus", ["public"]],
    ]);
  });

  it("keeps a tag only where it means one object", () => {
    const object = (en: string, zh: string, enTags: string[], zhTags: string[] = []) => ({
      hexcode: en,
      en,
      zh,
      tags: { en: enTags, zh: zhTags },
    });
    const tags = keepDistinctTags([
      object("hot dog", "热狗", ["sausage", "food", "dog", "hot dog"], ["香肠", "狗"]),
      object("pizza", "披萨", ["food", "cheese", "slice"], ["比萨"]),
      object("cheese wedge", "芝士", [], ["比萨"]),
      object("dog", "狗脸", []),
    ]).map((kept) => kept.tags);
    expect(tags.map(({ en }) => en)).toEqual([["sausage"], ["slice"], [], []]);
    expect(tags.map(({ zh }) => zh)).toEqual([["香肠"], [], [], []]);
  });
});

describe("the committed objects", () => {
  it("are at least 600, with names and tags that mean one object each", async () => {
    const objects = await loadObjects();
    expect(objects.length).toBeGreaterThanOrEqual(600);
    for (const language of languages) {
      const words = objects.flatMap((object) => [object[language], ...object.tags[language]]);
      const twice = words.filter((word, index) => words.indexOf(word) !== index);
      expect(twice).toEqual([]);
    }
    expect(new Set(objects.map(({ hexcode }) => hexcode)).size).toBe(objects.length);
  });

  it("and the wordings of training share no word with the held-out wordings", async () => {
    const objects = await loadObjects();
    for (const language of languages) {
      const trained = [
        ...trainingWordings(language),
        ...objects.flatMap((object) => [object[language], ...object.tags[language]]),
      ].map((text) => (language === "en" ? ` ${text.toLowerCase().replaceAll(/[^a-z']/g, " ")} ` : text));
      for (const word of heldOutWords[language]) {
        const sought = language === "en" ? ` ${word} ` : word;
        expect(trained.filter((text) => text.includes(sought))).toEqual([]);
      }
      for (const template of captionTemplates[language].heldOut)
        expect(heldOutWords[language].some((word) => template.includes(word))).toBe(true);
    }
  });
});
