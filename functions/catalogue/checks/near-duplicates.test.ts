import { expect, it } from "vitest";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { distance, nearDuplicates } from "./near-duplicates.ts";

it.each([
  ["0000000000000000", "0000000000000000", 0],
  ["ffffffffffffffff", "0000000000000000", 64],
  ["8000000000000001", "0000000000000000", 2],
  ["00000000f0000000", "0000000000000007", 7],
])("%s and %s differ in %d bits", (a, b, bits) => {
  expect(distance(a, b)).toBe(bits);
});

it("finds images that look alike and belong to different products", () => {
  const images = [
    { key: "A#main", sku: "A", dhash: "00000000000000ff" },
    { key: "B#main", sku: "B", dhash: "00000000000000f8" },
    { key: "C#main", sku: "C", dhash: "00000000000000f0" },
    { key: "D#main", sku: "D", dhash: "ffff000000000000" },
    { key: "D#look", sku: "D", dhash: "ffff000000000000" },
  ];
  // A and B differ in three bits, B and C in one, A and C in four; D's two are of one product.
  expect([...nearDuplicates(images)].sort()).toEqual(["A#main", "B#main", "C#main"]);
});

it("finds the same pairs as a comparison of all", () => {
  const random = seededRandom(3);
  const hex = () => Array.from({ length: 16 }, () => Math.floor(random() * 16).toString(16)).join("");
  const images = Array.from({ length: 300 }, (_, i) => ({ key: `${i}`, sku: `${i}`, dhash: hex() }));
  for (let i = 0; i < 60; i++) {
    const at = Math.floor(random() * 16);
    const digit = (Number.parseInt(images[i]!.dhash[at]!, 16) ^ [1, 3, 7, 15][i % 4]!).toString(16);
    images[i + 100] = {
      ...images[i + 100]!,
      dhash: images[i]!.dhash.slice(0, at) + digit + images[i]!.dhash.slice(at + 1),
    };
  }
  const all = images.filter(({ dhash, key }) =>
    images.some((other) => other.key !== key && distance(dhash, other.dhash) <= 3),
  );
  expect([...nearDuplicates(images)].sort()).toEqual(all.map(({ key }) => key).sort());
  expect(all.length).toBeGreaterThan(80);
});
