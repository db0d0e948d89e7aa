import { afterEach, beforeEach, expect, it } from "vitest";
import { openEmbeddedItems } from "../embedded/items.ts";
import type { Items } from "../ports/items.ts";
import { withMethods } from "../ports/with-methods.ts";
import { catalogModel, withFacts } from "./model-catalog.ts";
import type { ModelFacts } from "./model-facts.ts";
import { publishModelFacts, readModelFacts } from "./published-facts.ts";

const day = 86_400_000;
const facts: ModelFacts = {
  owner: "somebody",
  licence: "MIT",
  sizes: [{ width: 128, height: 128 }],
  vocabulary: { things: [{ en: "kite", zh: "风筝" }], backgrounds: [] },
};

let items: Items;
beforeEach(() => {
  items = openEmbeddedItems(":memory:");
});
afterEach(() => items.close());

it("keeps what a worker says of its model, and writes it again only when it changes or is a day old", async () => {
  let writes = 0;
  const counted = withMethods(items, {
    write: (...given) => {
      writes++;
      return items.write(...given);
    },
  });
  await publishModelFacts(counted, "tiny", facts, 0);
  await publishModelFacts(counted, "tiny", facts, day - 1);
  expect([writes, (await readModelFacts(items, ["tiny", "other"])).get("tiny")]).toEqual([1, facts]);
  await publishModelFacts(counted, "tiny", facts, day);
  await publishModelFacts(counted, "tiny", { ...facts, licence: "Apache-2.0" }, day + 1);
  expect([writes, (await readModelFacts(items, ["tiny"])).get("tiny")?.licence]).toEqual([3, "Apache-2.0"]);
});

it("leaves out a vocabulary that no row could hold, and keeps the rest", async () => {
  const things = Array.from({ length: 2_000 }, (_, index) => ({ en: `${index}`.padEnd(80, "x"), zh: `${index}` }));
  await publishModelFacts(items, "large", { ...facts, vocabulary: { things, backgrounds: [] } }, 0);
  const known = (await readModelFacts(items, ["large"])).get("large");
  expect([known?.owner, known?.vocabulary]).toEqual(["somebody", undefined]);
});

it("does not believe a row of another form", async () => {
  await items.write([{ put: { pk: "MODEL_FACTS", sk: "odd", data: { facts: { sizes: "all" }, at: 1 } } }]);
  expect((await readModelFacts(items, ["odd"])).size).toBe(0);
});

it("corrects the catalogue by what is known, and leaves what is not", () => {
  const model = catalogModel({ id: "tiny", family: "turbo", random: false, defaultSide: 128 });
  expect(model).toMatchObject({ licence: "unknown", examples: [], nativeSizes: [{ width: 128, height: 128 }] });
  expect(withFacts(model, facts)).toMatchObject({ ownedBy: "somebody", licence: "MIT", source: "tiny", examples: [] });
  const released = catalogModel({ id: "z-image-turbo", family: "turbo", random: false, facts: { revision: "abc" } });
  expect(released).toMatchObject({ licence: "Apache-2.0", revision: "abc", ownedBy: "Tongyi-MAI" });
  expect(released.nativeSizes).toContainEqual({ width: 1152, height: 896 });
});
