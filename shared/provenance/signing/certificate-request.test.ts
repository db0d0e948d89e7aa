import { execFileSync } from "node:child_process";
import { generateKeyPairSync, sign } from "node:crypto";
import { expect, it } from "vitest";
import { certificateRequest } from "./certificate-request.ts";

const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const signer = {
  key: "a",
  publicKey: async () => publicKey.export({ type: "spki", format: "der" }),
  sign: async (bytes: Uint8Array) => sign("sha256", bytes, { key: privateKey, dsaEncoding: "ieee-p1363" }),
};

it("makes a request that openssl finds signed by the key, with its subject", async () => {
  const pem = await certificateRequest(signer, "CN=Images, O=Example");
  const options = { input: pem, encoding: "utf8" } as const;
  const output = execFileSync("sh", ["-c", "openssl req -verify -noout -subject -pubkey 2>&1"], options);
  expect(output).toMatch(/verify OK/i);
  expect(output).toMatch(/CN ?= ?Images.*O ?= ?Example/);
  expect(output).toContain(publicKey.export({ type: "spki", format: "pem" }).toString().trim());
});
