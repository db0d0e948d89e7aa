import { expect, it } from "vitest";
import { openEmbeddedItems } from "../embedded/items.ts";
import { withMethods } from "../ports/with-methods.ts";
import { addAttemptTotals, readAttemptTotals } from "./attempt-totals.ts";

it("adds to what was counted before, and writes nothing where nothing was", async () => {
  let writes = 0;
  const store = openEmbeddedItems(":memory:");
  const items = withMethods(store, {
    async write(all) {
      writes++;
      await store.write(all);
    },
  });
  expect(await readAttemptTotals(items)).toEqual({});
  await addAttemptTotals(items, { delivered: 2, pending: 1 });
  await addAttemptTotals(items, { delivered: 1, pending: 0 });
  await addAttemptTotals(items, { pending: 0 });
  expect(await readAttemptTotals(items)).toEqual({ delivered: 3, pending: 1 });
  expect(writes).toBe(2);
  await items.close();
});
