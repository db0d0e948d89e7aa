import { expect, it } from "vitest";
import { fastClock } from "../../../test/support/fast-clock.ts";
import { createMemoryObjects } from "../../../test/support/memory-objects.ts";
import type { Run } from "../run.ts";
import { ChunkWriter, type InputRow, readInputRows } from "./row-chunks.ts";

const run = { id: "batch_1", identity: { accountId: "acc_1" } } as Run;

it("gives back any rows of any chunk, long ones too, and reads no other chunk", async () => {
  const objects = createMemoryObjects({ clock: fastClock() });
  const chunks = new ChunkWriter(run, objects);
  const long = "茶".repeat(40_000);
  const row = (i: number): InputRow => ({ key: `sku-${i}`, body: { prompt: i === 700 ? long : `cup\n${i}` } });
  for (let i = 0; i < 1_201; i++) await chunks.add(row(i));
  await chunks.flush();
  expect(chunks.rows).toBe(1_201);
  const read: string[] = [];
  const get = (key: string) => {
    read.push(key);
    return objects.get(key);
  };
  const counted = { ...objects, get };
  const found = await readInputRows(run, [499, 500, 700, 1_200], counted);
  expect([...found]).toEqual([499, 500, 700, 1_200].map((i) => [i, row(i)]));
  expect(read.map((key) => key.split("/").at(-1))).toEqual([
    "rows-00000.jsonl.gz",
    "rows-00001.jsonl.gz",
    "row-00000700.json.gz",
    "rows-00002.jsonl.gz",
  ]);
  await expect(readInputRows(run, [1_201], objects)).rejects.toThrow("no row 1201");
});
