import { afterEach, beforeEach, expect, it } from "vitest";
import { createMemoryObjects } from "../../test/support/memory-objects.ts";
import { openEmbeddedItems } from "../embedded/items.ts";
import type { Items } from "../ports/items.ts";
import { AccountAdapters, adapterPartKey } from "./account-adapters.ts";

/** A safetensors file with one tensor of this name. */
function file(tensor: string): Uint8Array {
  const header = Buffer.from(JSON.stringify({ [tensor]: { dtype: "F32", shape: [4, 1], data_offsets: [0, 16] } }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header]);
}

let items: Items;
let objects: ReturnType<typeof createMemoryObjects>;
let adapters: AccountAdapters;
beforeEach(() => {
  let ids = 0;
  items = openEmbeddedItems(":memory:");
  objects = createMemoryObjects({ clock: { now: () => 7 } });
  const clock = { now: () => 7 };
  adapters = new AccountAdapters({ items, objects, clock, newId: () => String(++ids).padStart(26, "0") });
});
afterEach(() => items.close());

async function* partsOf(...parts: Uint8Array[]) {
  yield* parts;
}
const add = (...parts: Uint8Array[]) =>
  adapters.add({ accountId: "acc_1", name: "ink" }, partsOf(...parts), "loras.0.path");
const stored = async () => (await objects.list("adapters/")).objects.map(({ key }) => key);
const first = file("a.lora_A.weight");
/** The values of its tensor. */
const rest = new Uint8Array(16);

it("stores a file in parts and describes it from its header", async () => {
  const added = await add(first, rest);
  expect(added).toMatchObject({ name: "ink", bytes: first.length + 16, parts: 2, rank: 4, createdAt: 7 });
  expect(await stored()).toEqual([0, 1].map((part) => adapterPartKey("acc_1", added.id, part)));
  expect(await adapters.get("acc_1", added.id, "id")).toEqual(added);
});

it("gives a file that the account has already its own id, and stores it once", async () => {
  const added = await add(first, rest);
  expect((await add(Buffer.concat([first, rest]))).id, "sent in other parts").toBe(added.id);
  expect(await adapters.list("acc_1")).toHaveLength(1);
  expect(await stored()).toEqual([0, 1].map((part) => adapterPartKey("acc_1", added.id, part)));
});

it.each([
  ["nothing", [], "is empty"],
  ["another file", [new Uint8Array(100)], "is no safetensors file"],
  ["half a file", [first, new Uint8Array(7)], "has 86 bytes in place of the 95 that its header names"],
  ["a whole model", [file("a.weight")], "has no tensors of a LoRA"],
])("refuses %s by its field, and leaves nothing behind", async (_, parts, message) => {
  const refused = add(...parts);
  await expect(refused).rejects.toMatchObject({ code: "invalid_adapter", param: "loras.0.path" });
  await expect(refused).rejects.toThrow(message);
  expect([await stored(), await adapters.list("acc_1")]).toEqual([[], []]);
});

it("deletes what was stored when the sender breaks off", async () => {
  async function* broken() {
    yield first;
    throw new Error("connection lost");
  }
  await expect(adapters.add({ accountId: "acc_1", name: "x" }, broken(), "loras.0.path")).rejects.toThrow(
    "connection lost",
  );
  expect(await stored()).toEqual([]);
});

it("is of its account alone, and gone once removed", async () => {
  const { id } = await add(first, rest);
  await expect(adapters.get("acc_2", id, "id")).rejects.toMatchObject({ code: "adapter_not_found" });
  await expect(adapters.remove("acc_2", id)).rejects.toMatchObject({ code: "adapter_not_found" });
  await adapters.remove("acc_1", id);
  await expect(adapters.get("acc_1", id, "id")).rejects.toMatchObject({ param: "id" });
  expect(await stored()).toEqual([]);
});
