import { expect, it } from "vitest";
import { randomStream } from "../../gpu-worker/training/data/random-stream.ts";
import { ObjectImages } from "./dataset/objects.ts";
import { makeScoreSet } from "./make-score-set.ts";

const apple = { hexcode: "1F34E", en: "red apple", zh: "红苹果", tags: { en: [], zh: [] } };
const dog = { hexcode: "1F436", en: "dog face", zh: "狗脸", tags: { en: [], zh: [] } };
const images = new ObjectImages(new Map([["1F34E", new Uint8Array(128 * 128 * 4)]])); // nothing but the background

it("asks for trained objects, by name, on a background or on white", () => {
  const set = makeScoreSet([apple, dog], images, 1);
  expect(set.objects).toEqual([{ id: "1F34E", names: { en: "red apple", zh: "红苹果" } }]);
  expect(set.distractors.map(({ id }) => id)).toEqual(["1F436"]);
  expect(set.backgrounds.length).toBe(8);
  expect(set.backgrounds[0]).toEqual({ id: "white", rgb: [255, 255, 255] });
  const [object] = set.objects;
  const random = randomStream(1);
  for (let i = 0; i < 30; i++) {
    expect(set.caption(object!, "en", random)).toMatch(/^(?!.*background).*red apple/);
    expect(set.caption(object!, "zh", random, set.backgrounds[3])).toMatch(/^(?=.*红苹果).*蓝色/);
    expect(set.heldOutCaption(object!, "zh", random)).toContain("红苹果");
  }
  expect(set.reference(object!)).toEqual({ width: 128, height: 128, data: new Uint8Array(128 * 128 * 3).fill(255) });
  expect(() => set.caption({ id: "x" }, "en", random)).toThrow("no object x");
  expect(() => set.caption(object!, "en", random, { id: "gold" })).toThrow("expected one of white, black");
});
