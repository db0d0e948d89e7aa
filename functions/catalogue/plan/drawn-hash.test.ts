import { expect, it } from "vitest";
import { type DrawnFrom, drawnHash, skuSeed } from "./drawn-hash.ts";
import { effectiveShots, presetShot } from "./shots.ts";

const [shot] = effectiveShots([presetShot("poster_en")]);
const from: DrawnFrom = { model: "m", revision: "r", shot: shot!, prompt: "p", negative: "", seed: 1, photo: "ab" };

it("differs when anything differs that the image is drawn from, and says what", () => {
  const { all, prompt, photo } = drawnHash(from);
  const changes: Partial<DrawnFrom>[] = [
    { model: "n" },
    { revision: "s" },
    { seed: 2 },
    { prompt: "q" },
    { negative: "p" },
    { photo: "cd" },
    { shot: { ...shot!, width: 64 } },
    { shot: { ...shot!, quality: 90 } },
    { shot: { ...shot!, product: { fill: 0.5 } } },
    { shot: { ...shot!, product: { fill: 0.6 } } },
    { shot: { ...shot!, finish: { pure_white: true } } },
    { shot: { ...shot!, crop: { x: 0, y: 0, width: 1, height: 0.5 } } },
  ];
  const changed = changes.map((change) => drawnHash({ ...from, ...change }));
  expect(new Set([all, ...changed.map((each) => each.all)]).size).toBe(changes.length + 1);
  expect(changed.filter((each) => each.prompt !== prompt)).toHaveLength(2);
  expect(changed.filter((each) => each.photo !== photo)).toHaveLength(1);
});

it("stays the same when only names and limits change", () => {
  const renamed = { ...shot!, id: "other", alt: "x", when: { column: "a" } };
  expect(drawnHash({ ...from, shot: renamed })).toEqual(drawnHash(from));
});

it("gives each SKU, shot and version its own seed", () => {
  const seeds: Parameters<typeof skuSeed>[] = [
    ["k", "a", "main", 1],
    ["k", "a", "main", 2],
    ["k", "a", "detail", 1],
    ["k", "b", "main", 1],
    ["l", "a", "main", 1],
  ];
  expect(new Set(seeds.map((each) => skuSeed(...each))).size).toBe(seeds.length);
  expect(skuSeed("k", "a", "main", 1)).toBe(skuSeed("k", "a", "main", 1));
});
