import { execFileSync } from "node:child_process";
import { createPublicKey } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { chainFault } from "./check-chain.ts";
import { pemCertificates } from "./pem-certificates.ts";

let folder: string;
// After the certificates below are made.
const now = Date.now() + 60_000;
const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
const read = (name: string) => readFileSync(join(folder, name), "utf8");
const chain = (...names: string[]) => pemCertificates(names.map((name) => read(`${name}.pem`)).join(""));
const publicKey = () => createPublicKey(read("key.pem")).export({ type: "spki", format: "der" });

/** A certificate for the key, as an authority issues it. */
function issue(name: string, extensions: string) {
  writeFileSync(join(folder, `${name}.cnf`), extensions);
  openssl("req", "-new", "-key", "key.pem", "-subj", `/CN=${name}`, "-out", `${name}.csr`);
  openssl(
    "x509",
    "-req",
    "-in",
    `${name}.csr`,
    "-CA",
    "root.pem",
    "-CAkey",
    "root.key",
    "-extfile",
    `${name}.cnf`,
    "-days",
    "30",
    "-out",
    `${name}.pem`,
  );
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "chain-"));
  const p256 = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  openssl("req", "-x509", ...p256, "-subj", "/CN=root", "-days", "30", "-keyout", "root.key", "-out", "root.pem");
  openssl("req", "-x509", ...p256, "-subj", "/CN=other", "-days", "30", "-keyout", "other.key", "-out", "other.pem");
  openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "key.pem");
  issue("signer", "basicConstraints=CA:FALSE\nextendedKeyUsage=emailProtection");
  issue("server", "basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth");
  issue("authority", "basicConstraints=CA:TRUE\nextendedKeyUsage=emailProtection");
  issue("long", `basicConstraints=CA:FALSE\nextendedKeyUsage=emailProtection\nnsComment=${"x".repeat(3_500)}`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("takes what an authority issued for the key, with or without its root", () => {
  expect(chainFault(chain("signer", "root"), publicKey(), now)).toBeUndefined();
  expect(chainFault(chain("signer"), publicKey(), now)).toBeUndefined();
});

it.each([
  [[], /no certificate/],
  [["other"], /CN=other, is for another key/],
  [["signer", "other"], /CN=signer is not signed by the next, CN=other/],
  [["root", "signer"], /CN=root, is for another key/],
  [["server", "root"], /CN=server is for 1\.3\.6\.1\.5\.5\.7\.3\.1; it must be for emailProtection/],
  [["authority", "root"], /CN=authority is that of an authority/],
  [["long", "root"], /have \d+ bytes, and a signature has room for 3600/],
] as const)("refuses the chain %j", (names, fault) => {
  expect(chainFault(names.length === 0 ? [] : chain(...names), publicKey(), now)).toMatch(fault);
});

it("refuses what is no longer or not yet valid", () => {
  for (const at of [now + 31 * 86_400_000, now - 86_400_000]) {
    expect(chainFault(chain("signer"), publicKey(), at)).toMatch(/CN=signer is valid from .* to .*; renew it/);
  }
});
