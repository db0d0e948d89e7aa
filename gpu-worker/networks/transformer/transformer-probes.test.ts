import { expect, it } from "vitest";
import { feed } from "../../../test/support/engine/run-graph.ts";
import { itemProbes, itemRows } from "./transformer-probes.ts";
import type { ItemTokens } from "./transformer-tokens.ts";

/** Two items of a batch: 2 and 1 image tokens, 1 and 2 caption tokens; rows of one value. */
const items = [
  { image: { length: 2 }, caption: { length: 1 } },
  { image: { length: 1 }, caption: { length: 2 } },
] as ItemTokens[];
const sizes = { items: 2, image: 2, caption: 2 };

it("takes an item's rows without those that fill the batch", () => {
  const unified = feed([2, 4, 1], [1, 2, 3, 0, 4, 0, 5, 6]);
  expect([...itemRows(unified, "unified", 0, items[0]!, sizes).data]).toEqual([1, 2, 3]);
  expect([...itemRows(unified, "unified", 1, items[1]!, sizes).data]).toEqual([4, 5, 6]);
  const image = feed([2, 2, 1], [1, 2, 4, 0]);
  expect(itemRows(image, "image", 1, items[1]!, sizes)).toMatchObject({ shape: [1, 1] });
  const caption = feed([2, 2, 1], [3, 0, 5, 6]);
  expect([...itemRows(caption, "caption", 1, items[1]!, sizes).data]).toEqual([5, 6]);
});

it("names values as the reference does, and tells by the name which tokens they have", () => {
  const outputs = new Map([
    ["t_emb", feed([2, 3], [1, 2, 3, 4, 5, 6])],
    ["x_embed", feed([2, 2, 1], [1, 2, 4, 0])],
    ["cap_embed", feed([2, 2, 1], [3, 0, 5, 6])],
    ["layers.0.attention.q_raw", feed([2, 4, 1], [1, 2, 3, 0, 4, 0, 5, 6])],
  ]);
  const probes = itemProbes(outputs, 1, items[1]!, sizes);
  expect(Object.fromEntries(Array.from(probes, ([name, { data }]) => [name, [...data]]))).toEqual({
    t_emb: [4, 5, 6],
    x_embed: [4],
    cap_embed: [5, 6],
    "layers.0.q_raw": [4, 5, 6],
  });
});
