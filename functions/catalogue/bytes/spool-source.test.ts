import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { spoolSource } from "./spool-source.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "spool-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function* pieces(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text);
}

const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("utf8");

it("reads across pieces, in any order, from a file that is in no folder any more", async () => {
  await using source = await spoolSource(pieces("sku,title\n", "", "1,Vase\n"), { folder, maxBytes: 17 });
  expect(await readdir(folder)).toEqual([]);
  expect(source.bytes).toBe(17);
  expect(textOf(await source.read(10, 17))).toBe("1,Vase\n");
  expect(textOf(await source.read(4, 12))).toBe("title\n1,");
});

it("stops a stream as soon as it is too large", async () => {
  const taken: string[] = [];
  let isStopped = false;
  async function* endless() {
    try {
      for (;;) {
        taken.push("piece");
        yield Buffer.from("12345");
      }
    } finally {
      isStopped = true;
    }
  }
  await expect(spoolSource(endless(), { folder, maxBytes: 12 })).rejects.toMatchObject({
    code: "file_too_large",
    message: expect.stringContaining("12"),
  });
  expect(taken).toHaveLength(3);
  expect(isStopped).toBe(true);
  expect(await readdir(folder)).toEqual([]);
});

it("passes on why a stream broke off", async () => {
  async function* broken() {
    yield Buffer.from("sku\n");
    throw new Error("connection lost");
  }
  await expect(spoolSource(broken(), { folder, maxBytes: 100 })).rejects.toThrow("connection lost");
  expect(await readdir(folder)).toEqual([]);
});

it("cannot be read once it is disposed of", async () => {
  const source = await spoolSource(pieces("sku\n"), { folder, maxBytes: 100 });
  await source[Symbol.asyncDispose]();
  await expect(source.read(0, 4)).rejects.toThrow();
});
