import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sweepObjects } from "../../functions/tick/sweep-objects.ts";
import { InvalidInputError } from "../../shared/errors.ts";
import type { Objects } from "../../shared/ports/objects.ts";
import { seededBytes } from "../support/seeded-random.ts";

const megabyte = 1024 * 1024;
const png = { contentType: "image/png" };
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Every promise of the `objects` port, against one driver. */
export function objectsConformance(driver: string, open: () => Promise<Objects>): void {
  describe(`objects over ${driver}`, () => {
    let objects: Objects;
    let tests = 0;
    beforeAll(async () => {
      objects = await open();
    });
    afterAll(() => objects?.close());
    const underTest = { objects: () => objects, folder: () => `test-${tests++}` };
    describe("bytes", () => bytes(underTest));
    describe("conditional creates", () => conditionalCreates(underTest));
    describe("ranges", () => ranges(underTest));
    describe("lists", () => lists(underTest));
    describe("keys", () => keys(underTest));
    describe("retention", () => retention(underTest));
  });
}

interface ObjectsUnderTest {
  readonly objects: () => Objects;
  /** Start of keys that no other test uses. */
  readonly folder: () => string;
}

function bytes({ objects, folder }: ObjectsUnderTest): void {
  it("gives back what was put", async () => {
    const key = `${folder()}/a.png`;
    const body = Uint8Array.from({ length: 256 }, (_, i) => i);
    const before = Date.now();
    await objects().put(key, body, { contentType: "image/png; charset=x" });
    const stored = await objects().get(key);
    expect(stored).toMatchObject({ key, bytes: 256, contentType: "image/png; charset=x" });
    expect(Buffer.from(stored!.body).equals(body)).toBe(true);
    expect(Math.abs(stored!.modifiedAt - before)).toBeLessThan(60_000);
    const { body: _body, ...info } = stored!;
    expect(await objects().head(key)).toEqual(info);
  });

  it.each([0, 1, megabyte, 64 * megabyte])("keeps %i bytes exactly", async (length) => {
    const key = `${folder()}/${length}`;
    const body = seededBytes(length + 1, length);
    await objects().put(key, body, png);
    const stored = await objects().get(key);
    expect(stored?.bytes).toBe(length);
    expect(sha256(stored!.body)).toBe(sha256(body));
    await objects().delete(key);
  });

  it("replaces an object, its type too", async () => {
    const key = `${folder()}/a`;
    await objects().put(key, Buffer.from("longer than the next"), png);
    await objects().put(key, Buffer.from("short"), { contentType: "text/plain" });
    const stored = await objects().get(key);
    expect(stored).toMatchObject({ bytes: 5, contentType: "text/plain" });
    expect(Buffer.from(stored!.body).toString()).toBe("short");
  });

  it("never shows part of an object while it is replaced", async () => {
    const key = `${folder()}/a`;
    const versions = [1, 2, 3].map((n) => ({ body: Buffer.alloc(n * 200_000, n), contentType: `version/${n}` }));
    await objects().put(key, versions[0]!.body, versions[0]!);
    const writes = versions
      .flatMap((version) => [version, version, version])
      .map(({ body, contentType }) => objects().put(key, body, { contentType }));
    const reads = Array.from({ length: 20 }, () => objects().get(key));
    await Promise.all(writes);
    for (const stored of await Promise.all(reads)) {
      const version = versions.find(({ contentType }) => contentType === stored!.contentType);
      expect(version?.body.equals(stored!.body)).toBe(true);
    }
  });

  it("knows nothing of what was never put or is deleted", async () => {
    const key = `${folder()}/a`;
    await objects().delete(key);
    await objects().put(key, Buffer.from("x"), png);
    await objects().delete(key);
    expect(await objects().get(key)).toBeUndefined();
    expect(await objects().head(key)).toBeUndefined();
    expect(await objects().getRange(key, 0, 1)).toBeUndefined();
  });
}

function conditionalCreates({ objects, folder }: ObjectsUnderTest): void {
  it("creates once", async () => {
    const key = `${folder()}/a`;
    expect(await objects().putIfAbsent(key, Buffer.from("first"), png)).toBe(true);
    expect(await objects().putIfAbsent(key, Buffer.from("second"), { contentType: "text/plain" })).toBe(false);
    const stored = await objects().get(key);
    expect(stored).toMatchObject({ bytes: 5, contentType: "image/png" });
    expect(Buffer.from(stored!.body).toString()).toBe("first");
    await objects().delete(key);
    expect(await objects().putIfAbsent(key, Buffer.from("third"), png)).toBe(true);
  });

  it.each([10, 300_000])("lets one of 20 writers create an object of %i bytes", async (length) => {
    const key = `${folder()}/a`;
    const bodies = Array.from({ length: 20 }, (_, writer) => seededBytes(writer, length));
    const won = await Promise.all(
      bodies.map((body, writer) => objects().putIfAbsent(key, body, { contentType: `writer/${writer}` })),
    );
    const winner = won.indexOf(true);
    expect(won.filter((mine) => mine)).toHaveLength(1);
    const stored = await objects().get(key);
    expect(stored!.contentType).toBe(`writer/${winner}`);
    expect(sha256(stored!.body)).toBe(sha256(bodies[winner]!));
  });
}

function ranges({ objects, folder }: ObjectsUnderTest): void {
  it("gives a range with both ends, clipped to the object", async () => {
    const key = `${folder()}/a`;
    await objects().put(key, Buffer.from("0123456789"), { contentType: "text/plain" });
    const read = async (start: number, end: number) => {
      const stored = await objects().getRange(key, start, end);
      expect(stored).toMatchObject({ key, bytes: 10, contentType: "text/plain" });
      return Buffer.from(stored!.body).toString();
    };
    expect(await read(0, 0)).toBe("0");
    expect(await read(2, 5)).toBe("2345");
    expect(await read(0, 9)).toBe("0123456789");
    expect(await read(9, 9)).toBe("9");
    expect(await read(7, 1_000_000)).toBe("789");
  });

  it("gives a range out of a large object", async () => {
    const key = `${folder()}/a`;
    const body = seededBytes(7, 2 * megabyte);
    await objects().put(key, body, png);
    const stored = await objects().getRange(key, megabyte - 1, megabyte + 100_000);
    expect(sha256(stored!.body)).toBe(sha256(body.subarray(megabyte - 1, megabyte + 100_001)));
  });

  it("refuses ranges that begin past the end, or are none", async () => {
    const under = folder();
    await objects().put(`${under}/ten`, Buffer.from("0123456789"), png);
    await objects().put(`${under}/empty`, new Uint8Array(), png);
    const wrong: [string, number, number][] = [
      ["ten", 10, 10],
      ["ten", 1000, 2000],
      ["empty", 0, 0],
      ["ten", 5, 4],
      ["ten", -1, 4],
      ["ten", 0.5, 4],
    ];
    for (const [name, start, end] of wrong) {
      await expect(objects().getRange(`${under}/${name}`, start, end), `${start}-${end}`).rejects.toThrow(RangeError);
    }
  });
}

function retention({ objects }: ObjectsUnderTest): void {
  it("holds nothing 40 days on that no job record names", async () => {
    const days = (count: number) => ({ now: () => Date.now() + count * 86_400_000 });
    const keys = ["o/job_gone/0-a.png", "p/job_gone/1-1.jpg", "in/acc_1/file-1", "in/acc_1/image-abc.png"];
    for (const key of keys) await objects().put(key, new Uint8Array(1), png);
    const sweep = (clock: { now(): number }) =>
      sweepObjects({ jobs: { get: async () => undefined }, objects: objects(), clock });
    await sweep(days(29));
    expect(await Promise.all(keys.map(async (key) => (await objects().head(key)) !== undefined))).toEqual([
      false,
      false,
      true,
      true,
    ]);
    await sweep(days(40));
    for (const key of keys) expect(await objects().head(key), key).toBeUndefined();
  });
}

function lists({ objects, folder }: ObjectsUnderTest): void {
  it("lists by prefix, ascending by key, with sizes and types", async () => {
    const under = folder();
    const sorted = ["a", "a-b", "a.b", "a/B", "a/b", "a/b/c", "a0", "b", "ba"].map((name) => `${under}/${name}`);
    for (const [i, key] of sorted.toReversed().entries()) {
      await objects().put(key, new Uint8Array(i), { contentType: `type/${i}` });
    }
    await objects().put(`${under}x/other`, new Uint8Array(), png);
    const list = async (prefix: string) => (await objects().list(`${under}/${prefix}`)).objects.map(({ key }) => key);
    expect(await list("")).toEqual(sorted);
    expect(await list("a")).toEqual(sorted.slice(0, 7));
    expect(await list("a/")).toEqual(sorted.slice(3, 6));
    expect(await list("a/b")).toEqual(sorted.slice(4, 6));
    expect(await list("nothing")).toEqual([]);
    expect(await list("no/thing/")).toEqual([]);
    const { objects: all, cursor } = await objects().list(`${under}/`);
    expect(cursor).toBeUndefined();
    expect(all.map(({ bytes, contentType }) => [bytes, contentType])).toEqual(
      sorted.map((_, i) => [sorted.length - 1 - i, `type/${sorted.length - 1 - i}`]),
    );
  });

  it("walks what it lists, whatever was deleted meanwhile", async () => {
    const under = folder();
    const names = ["a", "a-b", "a/B", "a/b", `a/${"long".repeat(60)}/c`, "b/c/d"].map((name) => `${under}/${name}`);
    for (const key of names) await objects().put(key, new Uint8Array(1), png);
    const walk = async (prefix: string) => {
      const found: string[] = [];
      for await (const { key, modifiedAt } of objects().walk(prefix)) {
        found.push(key);
        expect(Math.abs(modifiedAt - Date.now())).toBeLessThan(60_000);
      }
      return found.sort();
    };
    expect(await walk(`${under}/`)).toEqual([...names].sort());
    expect(await walk(`${under}/a`)).toEqual(names.filter((key) => key.startsWith(`${under}/a`)).sort());
    expect(await walk(`${under}/nothing/`)).toEqual([]);
    for await (const { key } of objects().walk(`${under}/`)) await objects().delete(key);
    expect(await walk(`${under}/`)).toEqual([]);
  });

  it("gives every object once over pages", async () => {
    const under = folder();
    const sorted = Array.from({ length: 7 }, (_, i) => `${under}/${i}/x`);
    for (const key of sorted) await objects().put(key, new Uint8Array(1), png);
    for (const limit of [1, 3, 7, 8]) {
      const pages: string[][] = [];
      for (let cursor: string | undefined; ; ) {
        const page = await objects().list(`${under}/`, cursor === undefined ? { limit } : { limit, cursor });
        pages.push(page.objects.map(({ key }) => key));
        if (page.cursor === undefined) break;
        cursor = page.cursor;
      }
      expect(pages.flat(), `limit ${limit}`).toEqual(sorted);
      expect(pages, `limit ${limit}`).toHaveLength(Math.ceil(7 / limit));
    }
  });
}

function keys({ objects, folder }: ObjectsUnderTest): void {
  it("takes long keys, long segments, and a key that is the folder of another", async () => {
    const under = folder();
    const long = (length: number) => `${under}/`.padEnd(length, "k");
    // 200 and 201 characters in a segment: where the folder driver begins to cut.
    const all = [under, `${under}/a`, `${under}/a/b`, `${under}/a/b/c`, long(512), `${long(400)}/x`, `${long(400)}/x/y`]
      .concat([199, 200, 201].map((length) => `${under}/${"s".repeat(length)}`))
      .concat([`${under}/${"s".repeat(200)}/s`, `${under}/..a`, `${under}/a..b`, `${under}/-_.`]);
    for (const key of all) expect(await objects().putIfAbsent(key, Buffer.from(key), png), key).toBe(true);
    for (const key of all) expect(Buffer.from((await objects().get(key))!.body).toString()).toBe(key);
    expect((await objects().list(under)).objects.map(({ key }) => key)).toEqual(all.toSorted());
  });

  const refused = [
    "",
    "/a",
    "a/",
    "a//b",
    ".",
    "..",
    "a/../b",
    "../a",
    "a/./b",
    "a b",
    "a\\b",
    "a\u0000",
    "é",
    "a%2e",
    "a@",
    "a+",
    "C:a",
  ];
  it.each([...refused, "k".repeat(513)])("refuses the key %j everywhere, before it does anything", async (key) => {
    const calls: readonly (() => Promise<unknown>)[] = [
      () => objects().put(key, new Uint8Array(1), png),
      () => objects().putIfAbsent(key, new Uint8Array(1), png),
      () => objects().get(key),
      () => objects().getRange(key, 0, 1),
      () => objects().head(key),
      () => objects().delete(key),
      () => objects().presign(key, { expiresInS: 60 }),
      () => objects().presignPut(key, { expiresInS: 60, contentType: "image/png", bytes: 1 }),
    ];
    for (const call of calls) await expect(call()).rejects.toThrow(InvalidInputError);
  });

  it("refuses prefixes and cursors that no key begins with", async () => {
    for (const prefix of ["../", "/", "a//", "a b"]) {
      await expect(objects().list(prefix), prefix).rejects.toThrow(InvalidInputError);
    }
    await expect(objects().list("a", { cursor: "../x" })).rejects.toThrow(InvalidInputError);
  });
}
