import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Condition, type Item, type Items, ItemsConditionFailed, type Write } from "../../shared/ports/items.ts";
import { itemQueriesConformance } from "./item-queries.conformance.ts";
import type { ItemsUnderTest } from "./items-under-test.ts";

/** Every promise of the `items` port, against one driver. */
export function itemsConformance(driver: string, open: () => Promise<Items>): void {
  describe(`items over ${driver}`, () => {
    let items: Items;
    beforeAll(async () => {
      items = await open();
    });
    afterAll(() => items?.close());
    const underTest: ItemsUnderTest = { items: () => items, partition: () => `test-${randomUUID()}` };
    describe("values", () => values(underTest));
    describe("conditions", () => conditions(underTest));
    describe("atomic writes", () => atomicWrites(underTest));
    describe("races", () => races(underTest));
    describe("limits", () => limits(underTest));
    describe("queries", () => itemQueriesConformance(underTest));
  });
}

/** Indexes of the conditions that did not hold; empty when the write went through. */
async function failures(items: Items, writes: readonly Write[]): Promise<readonly number[]> {
  try {
    await items.write(writes);
    return [];
  } catch (error) {
    if (error instanceof ItemsConditionFailed) return error.failed;
    throw error;
  }
}

function values({ items, partition }: ItemsUnderTest): void {
  it("gives back what was put", async () => {
    const stored = {
      pk: partition(),
      sk: "all kinds",
      gpk: "g",
      gsk: "s",
      duePk: "d",
      dueAt: 1_795_398_017_905,
      exp: 1_795_398_017,
      data: {
        text: 'Zürich 図 🖼 "\\ \n\u0000',
        empty: "",
        numbers: [0, -1, 0.1, 1.5e-7, 2 ** 53 - 1, -123456.789, 1e100],
        flags: [true, false, null],
        nested: { list: [{ a: [] }, {}], "key with . # : and spaces": "x", size: 1, name: 2, version: 3 },
      },
    };
    await items().write([{ put: stored }]);
    expect(await items().get(stored)).toEqual({ ...stored, version: 1 });
  });

  it("leaves out what is undefined", async () => {
    const key = { pk: partition(), sk: "a" };
    await items().write([{ put: { ...key, data: { a: undefined, b: { c: undefined } } } }]);
    expect(Object.keys((await items().get(key))!.data)).toEqual(["b"]);
  });

  it("knows nothing of a key that was never put", async () => {
    expect(await items().get({ pk: partition(), sk: "a" })).toBeUndefined();
  });

  it("replaces the whole item, index attributes too", async () => {
    const key = { pk: partition(), sk: "a" };
    await items().write([
      { put: { ...key, gpk: key.pk, gsk: "1", duePk: key.pk, dueAt: 1, exp: 1e10, data: { a: 1 } } },
    ]);
    await items().write([{ put: { ...key, data: { b: 2 } } }]);
    expect(await items().get(key)).toEqual({ ...key, version: 2, data: { b: 2 } });
    expect((await items().query({ index: "gsi1", partition: key.pk })).items).toEqual([]);
    expect((await items().query({ index: "due", partition: key.pk })).items).toEqual([]);
  });

  it("raises the version with every put and add, and starts anew after a delete", async () => {
    const key = { pk: partition(), sk: "a" };
    const steps: [Write, number | undefined][] = [
      [{ put: { ...key, data: {} }, if: { absent: true } }, 1],
      [{ put: { ...key, data: { n: 1 } } }, 2],
      [{ put: { ...key, data: { n: 1 } }, if: { version: 2 } }, 3],
      [{ put: { ...key, data: { n: 1 } }, if: { attribute: "n", atLeast: 1 } }, 4],
      [{ add: key, attribute: "n", amount: 1 }, 5],
      [{ add: key, attribute: "n", amount: 1, if: { version: 5 } }, 6],
      [{ check: key, if: { version: 6 } }, 6],
      [{ delete: key }, undefined],
      [{ put: { ...key, data: {} } }, 1],
    ];
    for (const [write, version] of steps) {
      await items().write([write]);
      expect((await items().get(key))?.version, JSON.stringify(write)).toBe(version);
    }
  });

  it("deletes, and takes the deleting of nothing for done", async () => {
    const key = { pk: partition(), sk: "a" };
    await items().write([{ put: { ...key, data: {} } }]);
    await items().write([{ delete: key }]);
    await items().write([{ delete: key }]);
    expect(await items().get(key)).toBeUndefined();
  });
}

function conditions({ items, partition }: ItemsUnderTest): void {
  const ops: { readonly [name: string]: (key: { pk: string; sk: string }, condition: Condition) => Write } = {
    put: (key, condition) => ({ put: { ...key, data: { n: 9 } }, if: condition }),
    delete: (key, condition) => ({ delete: key, if: condition }),
    check: (key, condition) => ({ check: key, if: condition }),
    add: (key, condition) => ({ add: key, attribute: "n", amount: 4, if: condition }),
  };
  const between = (atLeast: number, atMost: number): Condition => ({
    every: [{ attribute: "n", atLeast } as const, { attribute: "n", atMost } as const],
  });
  /** The item, where there is one: version 2, `n` 5, `text` a string. */
  const cases: readonly [Condition, "no item" | "an item", boolean][] = [
    [{ absent: true }, "no item", true],
    [{ absent: true }, "an item", false],
    [{ version: 2 }, "an item", true],
    [{ version: 1 }, "an item", false],
    [{ version: 3 }, "an item", false],
    [{ version: 1 }, "no item", false],
    [{ attribute: "n", atLeast: 5 }, "an item", true],
    [{ attribute: "n", atLeast: 4.5 }, "an item", true],
    [{ attribute: "n", atLeast: 5.5 }, "an item", false],
    [{ attribute: "missing", atLeast: 0 }, "an item", false],
    [{ attribute: "text", atLeast: 0 }, "an item", false],
    [{ attribute: "n", atLeast: 0 }, "no item", false],
    [{ attribute: "n", atMost: 5 }, "an item", true],
    [{ attribute: "n", atMost: 4.5 }, "an item", false],
    [{ attribute: "missing", atMost: 9 }, "an item", false],
    [{ attribute: "text", atMost: 9 }, "an item", false],
    [{ attribute: "n", atMost: 9 }, "no item", false],
    [between(5, 5), "an item", true],
    [between(5, 4), "an item", false],
    [between(6, 9), "an item", false],
  ];
  for (const [name, op] of Object.entries(ops)) {
    it.each(cases)(`${name} if %j on %s: %s`, async (condition, found, holds) => {
      const key = { pk: partition(), sk: "a" };
      if (found === "an item") {
        await items().write([{ put: { ...key, data: {} } }]);
        await items().write([{ put: { ...key, data: { n: 5, text: "9" } } }]);
      }
      const before = await items().get(key);
      expect(await failures(items(), [op(key, condition)])).toEqual(holds ? [] : [0]);
      const after = await items().get(key);
      if (!holds || name === "check") expect(after).toEqual(before);
      else if (name === "delete") expect(after).toBeUndefined();
      else expect(after?.data.n).toBe(found === "an item" || name === "put" ? 9 : 4);
    });
  }
}

function atomicWrites({ items, partition }: ItemsUnderTest): void {
  it("stores nothing when one condition fails, and names it", async () => {
    const pk = partition();
    await items().write([{ put: { pk, sk: "there", data: { n: 1 } } }]);
    const writes: Write[] = [
      { put: { pk, sk: "new", data: {} } },
      { put: { pk, sk: "there", data: {} }, if: { absent: true } },
      { add: { pk, sk: "counter" }, attribute: "n", amount: 1 },
      { delete: { pk, sk: "there" }, if: { version: 1 } },
    ];
    // One key may appear once: the delete is tried without the put and the other way round.
    expect(await failures(items(), writes.slice(0, 3))).toEqual([1]);
    expect(await failures(items(), [writes[3]!, { check: { pk, sk: "none" }, if: { version: 1 } }])).toEqual([1]);
    const { items: stored } = await items().query({ index: "main", partition: pk });
    expect(stored).toEqual([{ pk, sk: "there", version: 1, data: { n: 1 } }]);
  });

  it("names every condition that fails", async () => {
    const pk = partition();
    const failing = (sk: string): Write => ({ check: { pk, sk }, if: { version: 1 } });
    const holding = (sk: string): Write => ({ put: { pk, sk, data: {} }, if: { absent: true } });
    expect(await failures(items(), [failing("a"), holding("b"), failing("c"), holding("d"), failing("e")])).toEqual([
      0, 2, 4,
    ]);
  });

  it("puts, deletes, checks and counts in one go", async () => {
    const pk = partition();
    await items().write([
      { put: { pk, sk: "old", data: {} } },
      { put: { pk, sk: "account", data: { balance: 10, name: "a" } } },
    ]);
    await items().write([
      { put: { pk, sk: "new", data: { x: 1 } }, if: { absent: true } },
      { delete: { pk, sk: "old" }, if: { version: 1 } },
      { check: { pk, sk: "closed" }, if: { absent: true } },
      { add: { pk, sk: "account" }, attribute: "balance", amount: -10, if: { attribute: "balance", atLeast: 10 } },
      { add: { pk, sk: "total" }, attribute: "spent", amount: 10 },
    ]);
    const { items: stored } = await items().query({ index: "main", partition: pk });
    expect(stored.map(({ sk, data }) => [sk, data])).toEqual([
      ["account", { balance: 0, name: "a" }],
      ["new", { x: 1 }],
      ["total", { spent: 10 }],
    ]);
  });

  it("counts from 0, down too, and leaves the rest of the item alone", async () => {
    const key = { pk: partition(), sk: "a" };
    const count = (attribute: string, amount: number) => items().write([{ add: key, attribute, amount }]);
    await count("n", 2.5);
    await count("n", -4);
    await items().write([{ put: { ...key, gpk: key.pk, gsk: "s", exp: 1e10, data: { n: -1.5, other: ["x"] } } }]);
    await count("m", 1);
    await count("a.b", 1);
    expect(await items().get(key)).toEqual({
      ...key,
      gpk: key.pk,
      gsk: "s",
      exp: 1e10,
      version: 5,
      data: { n: -1.5, other: ["x"], m: 1, "a.b": 1 },
    });
  });

  it("counts on several attributes of one item, under one condition, and creates it where it is absent", async () => {
    const key = { pk: partition(), sk: "account" };
    await items().write([{ add: key, amounts: { available: 10, held: 0, open: 1 } }]);
    const hold = (amount: number) =>
      items().write([
        { add: key, amounts: { available: -amount, held: amount }, if: { attribute: "available", atLeast: amount } },
      ]);
    await hold(7);
    await expect(hold(4)).rejects.toMatchObject({ failed: [0] });
    expect(await items().get(key)).toMatchObject({ version: 2, data: { available: 3, held: 7, open: 1 } });
    const nobody = { pk: partition(), sk: "account" };
    const condition = { attribute: "available", atLeast: -5 };
    await expect(items().write([{ add: nobody, amounts: { available: 1 }, if: condition }])).rejects.toMatchObject({
      failed: [0],
    });
    await expect(items().write([{ add: key, amounts: {} }])).rejects.toThrow("at least one attribute");
  });

  it("refuses to count on what is no number, and stores nothing of that write", async () => {
    const pk = partition();
    await items().write([{ put: { pk, sk: "a", data: { text: "1", nothing: null } } }]);
    for (const attribute of ["text", "nothing"]) {
      const write = items().write([{ put: { pk, sk: "b", data: {} } }, { add: { pk, sk: "a" }, attribute, amount: 1 }]);
      await expect(write).rejects.toThrow();
    }
    expect(await items().get({ pk, sk: "b" })).toBeUndefined();
    expect((await items().get({ pk, sk: "a" }))?.version).toBe(1);
  });
}

function races({ items, partition }: ItemsUnderTest): void {
  const writers = Array.from({ length: 20 }, (_, i) => i);
  const winners = async (write: (writer: number) => readonly Write[]) => {
    const outcomes = await Promise.all(writers.map((writer) => failures(items(), write(writer))));
    return writers.filter((writer) => outcomes[writer]!.length === 0);
  };

  it("lets one of 20 writers create an item", async () => {
    const key = { pk: partition(), sk: "a" };
    const [winner, ...others] = await winners((writer) => [
      { put: { ...key, data: { writer } }, if: { absent: true } },
    ]);
    expect(others).toEqual([]);
    expect((await items().get(key))?.data).toEqual({ writer: winner });
  });

  it("lets one of 20 writers replace a version, all items of its write or none", async () => {
    const pk = partition();
    await items().write(["a", "b"].map((sk) => ({ put: { pk, sk, data: {} } })));
    const [winner, ...others] = await winners((writer) =>
      // Half of them in the other order: two drivers' locks must not wait for each other.
      (writer % 2 ? ["a", "b"] : ["b", "a"]).map((sk) => ({ put: { pk, sk, data: { writer } }, if: { version: 1 } })),
    );
    expect(others).toEqual([]);
    const { items: stored } = await items().query({ index: "main", partition: pk });
    expect(stored.map(({ data, version }) => [data.writer, version])).toEqual([
      [winner, 2],
      [winner, 2],
    ]);
  });

  it("never lets a balance fall below the condition", async () => {
    const key = { pk: partition(), sk: "account" };
    await items().write([{ put: { ...key, data: { balance: 7 } } }]);
    const paid = await winners((writer) => [
      { add: key, attribute: "balance", amount: -1, if: { attribute: "balance", atLeast: 1 } },
      { put: { pk: key.pk, sk: `receipt ${writer}`, data: {} }, if: { absent: true } },
    ]);
    expect(paid).toHaveLength(7);
    expect((await items().get(key))?.data).toEqual({ balance: 0 });
    const { items: receipts } = await items().query({ index: "main", partition: key.pk, prefix: "receipt " });
    expect(receipts).toHaveLength(7);
  });

  it("loses no count of 20, also on an item that is not there yet", async () => {
    const pk = partition();
    await Promise.all(writers.map(() => items().write([{ add: { pk, sk: "a" }, attribute: "n", amount: 1 }])));
    await Promise.all(
      writers.map((writer) =>
        items().write([
          { add: { pk, sk: "a" }, attribute: "n", amount: 1 },
          { add: { pk, sk: "b" }, attribute: "n", amount: 1 },
          { put: { pk, sk: `c${writer}`, data: {} } },
        ]),
      ),
    );
    expect((await items().get({ pk, sk: "a" }))?.data).toEqual({ n: 40 });
    expect((await items().get({ pk, sk: "b" }))?.data).toEqual({ n: 20 });
  });
}

function limits({ items, partition }: ItemsUnderTest): void {
  const put = (sk: string, data: Item["data"] = {}): Write => ({ put: { pk: "refused", sk, data } });
  const refused: { readonly [what: string]: readonly Write[] } = {
    "no writes": [],
    "101 writes": Array.from({ length: 101 }, (_, i) => put(`${i}`)),
    "one key twice": [put("a"), { check: { pk: "refused", sk: "a" }, if: { version: 1 } }],
    "an empty key": [put("")],
    "a long sort key": [put("é".repeat(513))],
    "half a surrogate pair in a key": [put("\ud83d")],
    "an item that is too big": [put("a", { text: "x".repeat(350_000) })],
    "a transaction that is too big": Array.from({ length: 13 }, (_, i) => put(`${i}`, { text: "x".repeat(320_000) })),
    "a number that is none": [put("a", { list: [{ n: Number.NaN }] })],
    "a number DynamoDB has not": [put("a", { n: 1e200 })],
    "half of an index": [{ put: { pk: "refused", sk: "a", gpk: "x", data: {} } }],
    "an amount that is none": [{ add: { pk: "refused", sk: "a" }, attribute: "n", amount: Number.POSITIVE_INFINITY }],
  };

  it.each(Object.keys(refused))("refuses %s", async (what) => {
    await expect(items().write(refused[what]!)).rejects.toThrow(
      / must be | takes | may appear once | go together| at most /,
    );
    expect((await items().query({ index: "main", partition: "refused" })).items).toEqual([]);
  });

  it("takes 100 writes, the longest keys and the biggest item", async () => {
    const pk = partition().padEnd(2048, "p");
    const sk = (i: number) => `${i}`.padStart(1024, "s");
    const writes = Array.from({ length: 100 }, (_, i): Write => ({ put: { pk, sk: sk(i), data: {} } }));
    await items().write(writes);
    expect((await items().query({ index: "main", partition: pk })).items).toHaveLength(100);
    const text = "x".repeat(349_980);
    await items().write([{ put: { pk, sk: sk(0), data: { text } } }]);
    expect((await items().get({ pk, sk: sk(0) }))?.data.text).toBe(text);
  });
}
