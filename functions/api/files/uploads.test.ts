import { ulid } from "ulid";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openEmbeddedItems } from "../../../shared/embedded/items.ts";
import { maxBodyBytes, maxFileBytes, maxFileParts, maxOpenUploads } from "../../../shared/limits.ts";
import type { Items } from "../../../shared/ports/items.ts";
import type { Objects } from "../../../shared/ports/objects.ts";
import { withMethods } from "../../../shared/ports/with-methods.ts";
import { fastClock, type TestClock } from "../../../test/support/fast-clock.ts";
import { createMemoryObjects } from "../../../test/support/memory-objects.ts";
import { Uploads } from "./uploads.ts";

let clock: TestClock;
let items: Items;
let objects: Objects;
let uploads: Uploads;
beforeEach(() => {
  clock = fastClock();
  items = openEmbeddedItems(":memory:", { clock });
  objects = createMemoryObjects({ clock });
  uploads = new Uploads({ items, objects, clock, newId: () => ulid(clock.now()) });
});
afterEach(() => items.close());

const begin = (bytes: number) =>
  uploads.create("acc_1", { filename: "rows.jsonl", contentType: "application/jsonl", purpose: "batch", bytes });
const addPart = (id: string, text: string) => uploads.addPart("acc_1", id, Buffer.from(text));

it("begins a file of the largest size, and none a byte larger", async () => {
  expect(await begin(maxFileBytes)).toMatchObject({ status: "pending", bytes: maxFileBytes });
  await expect(begin(maxFileBytes + 1)).rejects.toMatchObject({ code: "file_too_large", param: "bytes" });
});

it("makes the file once of the parts that are named, in the order of their names", async () => {
  const { id, fileId } = await begin(10);
  const second = await addPart(id, "world");
  const first = await addPart(id, "hello");
  await addPart(id, "not named");
  const order = { partIds: [first.id, second.id] };
  const completed = await uploads.complete("acc_1", id, order);
  expect(completed).toMatchObject({ upload: { status: "completed" }, file: { id: fileId, bytes: 10 } });
  expect(await uploads.complete("acc_1", id, order)).toEqual(completed);
  await expect(addPart(id, "late")).rejects.toMatchObject({ code: "upload_not_open" });
  await expect(uploads.cancel("acc_1", id)).rejects.toMatchObject({ code: "upload_not_open" });
});

it("refuses to complete with parts that are unknown or too few, and stays open", async () => {
  const { id } = await begin(5);
  const part = await addPart(id, "hell");
  const complete = (...partIds: string[]) => uploads.complete("acc_1", id, { partIds });
  await expect(complete(part.id, "part_unknown")).rejects.toMatchObject({ code: "part_not_found" });
  await expect(complete(part.id)).rejects.toMatchObject({ code: "upload_incomplete" });
  const rest = await addPart(id, "o");
  expect((await complete(part.id, rest.id)).upload.status).toBe("completed");
});

it("takes no part of another upload", async () => {
  const part = await addPart((await begin(5)).id, "hello");
  const { id } = await begin(5);
  const taken = uploads.complete("acc_1", id, { partIds: [part.id] });
  await expect(taken).rejects.toMatchObject({ code: "part_not_found" });
});

it("takes parts for an hour and no longer", async () => {
  const { id } = await begin(5);
  clock.advance(3_599_999);
  await addPart(id, "hello");
  clock.advance(1);
  await expect(addPart(id, "hello")).rejects.toMatchObject({ code: "upload_not_open" });
});

it.each(["", "upload_1", `upload_${"0".repeat(26)}`, "LEFT"])("finds no upload %j", async (id) => {
  await expect(uploads.get("acc_1", id)).rejects.toMatchObject({ code: "upload_not_found" });
});

it("refuses an empty part, a stranger, and a part more than an upload may have", async () => {
  const { id } = await begin(5);
  await expect(addPart(id, "")).rejects.toMatchObject({ code: "invalid_value", param: "data" });
  await expect(uploads.get("acc_2", id)).rejects.toMatchObject({ code: "upload_not_found" });
  const left = { add: { pk: `UPLOAD#${id}`, sk: "LEFT" }, attribute: "left", amount: 1 - maxFileParts };
  await items.write([left]);
  await addPart(id, "last");
  await expect(addPart(id, "more")).rejects.toMatchObject({ code: "too_many_parts" });
});

it("keeps parts of at most twice the announced bytes, and nothing of one that is refused", async () => {
  const { id } = await begin(5);
  const allowance = 2 * 5 + maxBodyBytes;
  const used = { add: { pk: `UPLOAD#${id}`, sk: "LEFT" }, attribute: "bytes", amount: 8 - allowance };
  await items.write([used]);
  await addPart(id, "hello");
  await expect(addPart(id, "again")).rejects.toMatchObject({ code: "upload_too_large", param: "data" });
  expect((await objects.list("in/acc_1/")).objects).toHaveLength(1);
});

it("takes parts for a hundred uploads of an account at once, and for another when one is over", async () => {
  const begun = await Promise.allSettled(Array.from({ length: 130 }, () => begin(5)));
  const [first] = begun.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  expect(begun.filter(({ status }) => status === "fulfilled")).toHaveLength(maxOpenUploads);
  await expect(begin(5)).rejects.toMatchObject({
    code: "upload_limit",
    message: expect.stringContaining("cancel some"),
  });
  await uploads.cancel("acc_1", first!.id);
  await uploads.cancel("acc_1", first!.id);
  await begin(5);
  await expect(begin(5)).rejects.toMatchObject({ code: "upload_limit" });
  clock.advance(3_600_000);
  expect(await begin(5)).toMatchObject({ status: "pending" });
});

it("gives links only where the store has a server of its own, and counts what arrived there", async () => {
  const { id } = await begin(5);
  expect(await uploads.linkPart("acc_1", id, 5)).toBeUndefined();
  let linked = "";
  const served = withMethods(objects, {
    async presignPut(key) {
      linked = key;
      return `https://store.example/${key}`;
    },
  });
  uploads = new Uploads({ items, objects: served, clock, newId: () => ulid(clock.now()) });
  const link = await uploads.linkPart("acc_1", id, 5);
  expect(link).toMatchObject({ url: `https://store.example/${linked}`, expiresAt: clock.now() + 900_000 });
  const complete = () => uploads.complete("acc_1", id, { partIds: [link!.part.id] });
  await expect(complete()).rejects.toMatchObject({ code: "part_not_found" });
  await objects.put(linked, Buffer.from("hello"), { contentType: "application/octet-stream" });
  expect((await complete()).file.bytes).toBe(5);
});
