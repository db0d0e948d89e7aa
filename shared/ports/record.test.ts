import { expect, it } from "vitest";
import { openEmbeddedItems } from "../embedded/items.ts";
import { recordType } from "./record.ts";

interface Note {
  readonly id: string;
  readonly text?: string;
}
const note = recordType<Note>("note", ["id"]);
const key = { pk: "NOTE#1", sk: "META" };

it("gives back what it wrote", async () => {
  const items = openEmbeddedItems(":memory:");
  await items.write([{ put: { ...key, data: note.write({ id: "1", text: undefined }) } }]);
  expect(note.read((await items.get(key))!)).toEqual({ id: "1" });
  await items.close();
});

it("refuses an item of another kind, and names it", () => {
  expect(note.find({ data: { text: "no id" } })).toBeUndefined();
  expect(() => note.read({ ...key, data: { text: "no id" } })).toThrow("item NOTE#1 META is no note: it has no id");
});
