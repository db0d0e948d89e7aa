import { encodeTime } from "ulid";
import { expect, it } from "vitest";
import { openEmbeddedItems } from "../../../shared/embedded/items.ts";
import { fastClock } from "../../../test/support/fast-clock.ts";
import { manualClock } from "../../../test/support/manual-clock.ts";
import { createMemoryObjects } from "../../../test/support/memory-objects.ts";
import { expiryOf, UploadedFiles } from "./uploaded-files.ts";

const clock = fastClock();
const ulid = (n: number) => `01ARZ3NDEKTSV4RRFFQ69G5F${String(n).padStart(2, "0")}`;

it("pages through the files of both APIs together, newest first, and never shows another account's", async () => {
  const items = openEmbeddedItems(":memory:");
  const files = new UploadedFiles({ items, objects: createMemoryObjects({ clock }), clock });
  const made = ["file-", "rf_", "rf_", "file-", "file-", "rf_", "file-"].map((prefix, n) => prefix + ulid(n));
  const file = { accountId: "acc_1", filename: "a.png", contentType: "image/png", metadata: {} };
  for (const id of made) await files.create({ ...file, id }, Uint8Array.of(1));
  await files.create({ ...file, id: `file-${ulid(9)}`, accountId: "acc_2" }, Uint8Array.of(1));

  const pages: string[][] = [];
  for (let after: string | undefined, more = true; more; after = pages.at(-1)!.at(-1)) {
    const page = await files.list("acc_1", { limit: 3, after });
    pages.push(page.files.map(({ id }) => id));
    more = page.hasMore;
  }
  const newestFirst = made.toReversed();
  expect(pages).toEqual([newestFirst.slice(0, 3), newestFirst.slice(3, 6), newestFirst.slice(6)]);
  // A file that was deleted between two pages still says where the next one begins.
  await files.remove("acc_1", newestFirst[2]!);
  const next = await files.list("acc_1", { limit: 3, after: newestFirst[2]! });
  expect(next.files.map(({ id }) => id)).toEqual(newestFirst.slice(3, 6));
  await items.close();
});

it.each([
  "",
  "x",
  "\ud800",
  `file-${"0".repeat(26)}`,
])("finds no file %j, which an account may name in a request", async (id) => {
  const items = openEmbeddedItems(":memory:");
  const files = new UploadedFiles({ items, objects: createMemoryObjects({ clock }), clock });
  await expect(files.get("acc_1", id)).rejects.toMatchObject({ code: "file_not_found" });
  await items.close();
});

/** Ids of files that a version before recorded without their purpose's index, since then, and of both. */
const oldAndNew: [string, (n: number) => string][] = [
  ["before", ulid],
  ["since", (n) => `${encodeTime(clock.now() + 60_000, 10)}KTSV4RRFFQ69G5${String(n).padStart(2, "0")}`],
  ["before and since", (n) => oldAndNew[n < 5 ? 0 : 1]![1](n)],
];

it.each(
  oldAndNew,
)("pages by purpose and in either order, and says when nothing follows: files from %s", async (_, ulid) => {
  const items = openEmbeddedItems(":memory:");
  const files = new UploadedFiles({ items, objects: createMemoryObjects({ clock }), clock });
  const file = { accountId: "acc_1", filename: "a", contentType: "text/plain", metadata: {} };
  for (let n = 0; n < 9; n++) {
    const purpose = n % 4 === 0 ? "batch" : n % 4 === 1 ? "vision" : undefined;
    const id = (n % 2 === 0 ? "file-" : "rf_") + ulid(n);
    await files.create({ ...file, id, purpose }, Uint8Array.of(1));
  }
  const numbers = async (query: Omit<Parameters<typeof files.list>[1], "limit"> & { limit?: number }) => {
    const page = await files.list("acc_1", { limit: 2, ...query });
    return [page.files.map(({ id }) => Number(id.slice(-2))), page.hasMore];
  };
  expect(await numbers({ purpose: "batch" })).toEqual([[8, 4], true]);
  expect(await numbers({ purpose: "batch", after: `file-${ulid(4)}` })).toEqual([[0], false]);
  expect(await numbers({ purpose: "vision", order: "asc" })).toEqual([[1, 5], false]);
  expect(await numbers({ purpose: "user_data", limit: 9 })).toEqual([[7, 6, 3, 2], false]);
  expect(await numbers({ order: "asc" })).toEqual([[0, 1], true]);
  expect(await numbers({ order: "asc", after: `rf_${ulid(7)}` })).toEqual([[8], false]);
  expect(await numbers({ purpose: "fine-tune" })).toEqual([[], false]);
  await items.close();
});

it("is gone once its time is over, its bytes and its place with the next sweep", async () => {
  const own = manualClock();
  const items = openEmbeddedItems(":memory:", { clock: own });
  const objects = createMemoryObjects({ clock: own });
  const files = new UploadedFiles({ items, objects, clock: own });
  const file = { accountId: "acc_1", filename: "a", contentType: "text/plain", metadata: {} };
  const brief = await files.create({ ...file, id: `file-${ulid(1)}`, expiresAfterS: 3_600 }, Uint8Array.of(1));
  const lasting = await files.create({ ...file, id: `file-${ulid(2)}` }, Uint8Array.of(1));
  expect(expiryOf(brief) - own.now()).toBe(3_600_000);
  own.advance(3_599_999);
  expect(await files.sweepExpired()).toBe(0);
  expect((await files.list("acc_1", { limit: 5 })).files.map(({ id }) => id)).toEqual([lasting.id, brief.id]);
  own.advance(1);
  await expect(files.get("acc_1", brief.id)).rejects.toMatchObject({ code: "file_not_found" });
  expect((await files.list("acc_1", { limit: 5 })).files.map(({ id }) => id)).toEqual([lasting.id]);
  expect((await objects.list("in/")).objects).toHaveLength(2);
  expect([await files.sweepExpired(), await files.sweepExpired()]).toEqual([1, 0]);
  expect((await objects.list("in/")).objects.map(({ key }) => key)).toEqual([`in/acc_1/${lasting.id}`]);
  expect(await items.get({ pk: "ACC#acc_1#FILES", sk: brief.id })).toBeUndefined();
  await items.close();
});
