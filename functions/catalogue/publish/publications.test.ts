import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openEmbeddedItems } from "../../../shared/embedded/items.ts";
import { systemClock } from "../../../shared/ports/clock.ts";
import type { Items } from "../../../shared/ports/items.ts";
import { withMethods } from "../../../shared/ports/with-methods.ts";
import { keptImage } from "../../../test/support/catalogue/drawn-run.ts";
import {
  findPublication,
  makePublicFolder,
  publicAddresses,
  publicationOf,
  publicationWrite,
  publicFolder,
  publicName,
} from "./publications.ts";

const owner = { accountId: "acc_1", runKey: "spring" };
const file = { ...keptImage("mug"), name: "mug_main_1.png", n: 1 };
const newId = () => "01KBCDEFGHJKMNPQRSTVWXYZ01";

let items: Items;
beforeEach(() => {
  items = openEmbeddedItems(":memory:", { clock: systemClock });
});
afterEach(() => items.close());

describe("the folder of a run key", () => {
  it("is made once, of the random letters of an id", async () => {
    expect(await publicFolder(items, owner)).toBeUndefined();
    expect(await makePublicFolder(items, owner, newId)).toBe("jkmnpqrstvwxyz01");
    expect(await makePublicFolder(items, owner, () => "01KBCDEFGH0000000000000000")).toBe("jkmnpqrstvwxyz01");
    expect(await publicFolder(items, { ...owner, runKey: "autumn" })).toBeUndefined();
  });

  it("is the other's where two make it at the same moment", async () => {
    const racing = withMethods(items, {
      async write(...args: Parameters<Items["write"]>) {
        await makePublicFolder(items, owner, () => "01KBCDEFGH0000000000000000");
        return items.write(...args);
      },
    });
    expect(await makePublicFolder(racing, owner, newId)).toBe("0000000000000000");
  });
});

it.each([
  ["mug_main_1.jpg", "png", "mug_main_1.png"],
  ["a, b_main_1.png", "jpeg", "a-b_main_1.jpg"],
  ["杯子.png", "webp", expect.stringMatching(/^[\w.~-]+\.webp$/)],
] as const)("ends the address of %s, a %s, in %s", (name, format, end) => {
  const [digest, stem] = publicName({ ...file, name, format }).split("/");
  expect(digest).toBe(file.sha256.slice(0, 10));
  expect(stem).toEqual(end);
});

describe("the address of a file", () => {
  const folder = "0123456789abcdef";
  const path = `${folder}/${publicName(file)}`;
  const publication = publicationOf(file, 5);
  const urlOf = async () => (await publicAddresses(items, owner, "https://shop.example")).urlOf(file);

  beforeEach(() => makePublicFolder(items, owner, () => `01KBCDEFGH${folder}`));

  it("is there for as long as the file is published with these bytes", async () => {
    expect(await urlOf()).toBeUndefined();
    await items.write([publicationWrite(folder, publicName(file), publication)]);
    expect(await urlOf()).toBe(`https://shop.example/i/${path}`);
    expect(await findPublication(items, path)).toEqual(publication);
    await items.write([publicationWrite(folder, publicName(file), { ...publication, sha256: "0".repeat(64) })]);
    expect(await urlOf()).toBeUndefined();
    await items.write([publicationWrite(folder, publicName(file), { ...publication, withdrawnAt: 6 })]);
    expect(await urlOf()).toBeUndefined();
  });

  it.each([
    ["nothing", ""],
    ["its folder", folder],
    ["a path upwards", `${folder}/../x`],
    ["a path beneath it", `${path}/x`],
    ["a name with a comma", `${path},x`],
    ["a name without end", `${path}${"x".repeat(200)}`],
  ])("is not looked for at %s", async (_, wrong) => {
    const reading = withMethods(items, {
      async get(): Promise<never> {
        throw new Error("the store was asked");
      },
    });
    expect(await findPublication(reading, wrong)).toBeUndefined();
    await expect(findPublication(reading, path)).rejects.toThrow("the store was asked");
  });
});
