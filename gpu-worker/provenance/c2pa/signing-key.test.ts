import { execFileSync } from "node:child_process";
import { createPublicKey, verify, X509Certificate } from "node:crypto";
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openSigningKey } from "./signing-key.ts";

let parent: string;
let folder: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "signing-key-"));
  folder = join(parent, "key");
});
afterEach(() => rm(parent, { recursive: true, force: true }));

it("makes a key and a chain once, however many start at the same time, and signs with it", async () => {
  const keys = await Promise.all([1, 2, 3].map(() => openSigningKey(folder)));
  const again = await openSigningKey(folder);
  for (const { chain } of keys) expect(chain).toEqual(again.chain);
  expect(await readdir(parent)).toEqual(["key", "key-history"]);
  expect(await readdir(join(parent, "key-history"))).toEqual([expect.stringMatching(/^[0-9a-f]{32}\.pem$/)]);
  expect((await stat(join(folder, "key.pem"))).mode & 0o777).toBe(0o600);
  const [leaf, root] = again.chain.map((der) => new X509Certificate(der));
  expect([leaf!.verify(root!.publicKey), root!.ca, leaf!.ca]).toEqual([true, true, false]);
  const signature = await again.sign(Buffer.from("bytes"));
  const publicKey = createPublicKey(leaf!.publicKey.export({ format: "pem", type: "spki" }));
  expect(verify("sha256", Buffer.from("bytes"), { key: publicKey, dsaEncoding: "ieee-p1363" }, signature)).toBe(true);
});

it("refuses a folder with half of it, with a foreign certificate, and with what is neither", async () => {
  await openSigningKey(folder);
  const other = join(parent, "other");
  await openSigningKey(other);
  execFileSync("cp", [join(other, "chain.pem"), join(folder, "chain.pem")]);
  await expect(openSigningKey(folder)).rejects.toThrow(/first certificate of .* does not belong to key.pem/);
  await writeFile(join(folder, "chain.pem"), "hello");
  await expect(openSigningKey(folder)).rejects.toThrow(/chain.pem must hold certificates in PEM: none found/);
  await writeFile(join(folder, "key.pem"), "hello");
  await expect(openSigningKey(folder)).rejects.toThrow(/key.pem must hold a private key in PEM/);
  await rm(join(folder, "key.pem"));
  await expect(openSigningKey(folder)).rejects.toThrow(/needs both key.pem and chain.pem/);
});
