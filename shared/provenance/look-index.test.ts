import { afterEach, beforeEach, expect, it } from "vitest";
import { sampleJob } from "../../test/support/api/sample-job.ts";
import { type EmbeddedItems, openEmbeddedItems } from "../embedded/items.ts";
import type { Query } from "../ports/items.ts";
import { findLookalike, lookIndexWrites } from "./look-index.ts";

const image = { index: 0, key: "o/x", width: 64, height: 64, format: "png", bytes: 9, sha256: "ab", seed: 1 } as const;
const look = (digits: string) => digits.padEnd(64, "0");

let items: EmbeddedItems;
beforeEach(() => {
  items = openEmbeddedItems(":memory:");
});
afterEach(() => items.close());

async function index(id: string, hash: string | undefined, accountId = "acc_1") {
  const images = [{ ...image, proof: { look: hash } }];
  const writes = lookIndexWrites(sampleJob(id, 0, { accountId, images }), 7, 99);
  if (writes.length > 0) await items.write(writes);
}

const find = (hash: string, buckets = [hash.slice(0, 5)], accountId = "acc_1") =>
  findLookalike(items, { hash, buckets }, { accountId });

it("finds the nearest image, its own account's among equals, and none that differs in more than 20 bits", async () => {
  await index("1", look("abcde0000f"));
  await index("2", look("abcde00001"));
  await index("3", look("abcde00001"), "acc_2");
  await index("4", undefined);
  expect(await find(look("abcde00001"))).toMatchObject({ image: { jobId: "job_2" }, distance: 0 });
  expect(await find(look("abcde00001"), undefined, "acc_2")).toMatchObject({ image: { jobId: "job_3" }, distance: 0 });
  const ofJob = { accountId: "acc_1", jobId: "job_3" };
  expect(await findLookalike(items, { hash: look("abcde00001"), buckets: ["abcde"] }, ofJob)).toMatchObject({
    image: { jobId: "job_3" },
  });
  expect(await find(look("abcde0000e"))).toMatchObject({ image: { jobId: "job_1" }, distance: 1 });
  expect(await find(`abcde${"f".repeat(5)}${"0".repeat(54)}`)).toMatchObject({ distance: 16 });
  expect(await find(`abcde${"f".repeat(7)}${"0".repeat(52)}`)).toBeUndefined();
});

it("looks in other buckets where the hash is not certain", async () => {
  await index("1", look("abcdf"));
  expect(await find(look("abcde"))).toBeUndefined();
  expect(await find(look("abcde"), ["abcde", "abcdf"])).toMatchObject({ image: { jobId: "job_1" }, distance: 1 });
});

it("reads a bounded number of rows of a full bucket, those next to the hash", async () => {
  for (let i = 0; i < 300; i++) await index(String(i), look(`abcde${i.toString(16).padStart(4, "0")}`));
  let rows = 0;
  const counting = {
    query: async (query: Query) => {
      const page = await items.query(query);
      rows += page.items.length;
      return page;
    },
  };
  const wanted = look("abcde0080");
  const found = await findLookalike(counting, { hash: wanted, buckets: ["abcde"] }, { accountId: "acc_1" });
  expect(found).toMatchObject({ image: { jobId: "job_128" }, distance: 0 });
  expect(rows).toBeLessThanOrEqual(100);
});
