import { expect, it } from "vitest";
import { randomStream } from "../../../gpu-worker/training/data/random-stream.ts";
import { backgroundColours } from "./background-colours.ts";
import { heldOutWords } from "./caption-templates.ts";
import { fillerCharacters, fillerPhrase, fillerWords } from "./filler.ts";
import { loadObjects } from "./objects.ts";

const objects = await loadObjects();
const colours = Object.values(backgroundColours).map(({ names }) => names);

it("has no word of a name, tag, colour or held-out wording", () => {
  const english = [...objects.flatMap(({ en, tags }) => [en, ...tags.en]), ...colours.map(({ en }) => en)];
  const taken = new Set([...english, ...heldOutWords.en].flatMap((text) => text.toLowerCase().split(/[^a-z]+/)));
  expect(fillerWords.filter((word) => taken.has(word))).toEqual([]);
  const chinese = [...objects.flatMap(({ zh, tags }) => [zh, ...tags.zh]), ...colours.map(({ zh }) => zh)];
  const characters = new Set([...chinese, ...heldOutWords.zh].join(""));
  expect(fillerCharacters.filter((character) => characters.has(character))).toEqual([]);
});

it("makes short phrases, decided by their stream", () => {
  const phrases = (language: "en" | "zh") =>
    Array.from({ length: 300 }, (_, index) => fillerPhrase(language, randomStream(3, index)));
  expect(phrases("en")).toEqual(phrases("en"));
  expect(phrases("en").every((phrase) => /^[a-z]+( [a-z]+){0,2}$/.test(phrase))).toBe(true);
  expect(phrases("zh").every((phrase) => /^\p{Script=Han}{1,4}$/u.test(phrase))).toBe(true);
  expect(new Set(phrases("en")).size).toBeGreaterThan(250);
});
