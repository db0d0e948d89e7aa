import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type EmbeddedItems, openEmbeddedItems } from "../../embedded/items.ts";
import { certifyKey } from "./certify-key.ts";
import { pemCertificates } from "./pem-certificates.ts";
import { selfMadeChain } from "./self-made-chain.ts";
import { addChain, addFirstChain, chainOf, readChains } from "./stored-chains.ts";

let items: EmbeddedItems;
beforeEach(() => {
  items = openEmbeddedItems(":memory:");
});
afterEach(() => items.close());

function signer(key: string) {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    key,
    publicKey: async () => publicKey.export({ type: "spki", format: "der" }),
    sign: async () => Buffer.of(1),
  };
}

it("keeps the first chain of a key, and signs with the newest that was put to use", async () => {
  const first = await addFirstChain(items, { key: "a", pem: "first" });
  expect(await addFirstChain(items, { key: "a", pem: "second" })).toEqual(first);
  await addChain(items, { key: "a", pem: "issued" }, 1_000);
  await addChain(items, { key: "b", pem: "of another key" }, 2_000);
  expect(await chainOf(items, "a")).toEqual({ key: "a", pem: "issued" });
  expect(await chainOf(items, "c")).toBeUndefined();
  expect((await readChains(items)).map(({ pem }) => pem)).toEqual(["of another key", "issued", "first"]);
});

it("makes a chain that says that it is self-made, for a key that has none, and asks the key no more", async () => {
  const own = signer("a");
  const { chain } = await certifyKey(items, own);
  const [leaf, root] = chain.map((der) => new X509Certificate(der));
  expect(leaf!.publicKey.export({ type: "spki", format: "der" })).toEqual(await own.publicKey());
  expect([leaf!.verify(root!.publicKey), leaf!.ca, root!.ca, root!.verify(root!.publicKey)]).toEqual([
    true,
    false,
    true,
    true,
  ]);
  for (const { subject } of [leaf!, root!]) expect(subject).toContain("O=self-made");
  const silent = { ...own, publicKey: () => Promise.reject(new Error("asked")) };
  expect((await certifyKey(items, silent)).chain).toEqual(chain);
});

it("reads the certificates of a text, and refuses one without any", async () => {
  const pem = await selfMadeChain(await signer("a").publicKey());
  expect(pemCertificates(`some words\n${pem}`)).toHaveLength(2);
  expect(() => pemCertificates("hello")).toThrow("none found");
});
