import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { loadC2pa, MemoryBlob } from "../../../shared/provenance/c2pa/c2pa-library.ts";
import { openCredentialReader } from "../../../shared/provenance/c2pa/read-credentials.ts";
import { encodeImageFile } from "../../engine/images/encode-image-file.ts";
import { type ContentCredentials, openContentCredentials } from "./content-credentials.ts";
import { coseSign1 } from "./cose-sign1.ts";
import { openSigningKey } from "./signing-key.ts";

const formats = ["png", "jpeg", "webp", "avif"] as const;
const image = { data: new Uint8Array(96 * 64 * 3).map((_, i) => (i * 7) & 255), width: 96, height: 64 };
const drawn = { job: "job_1", index: 0, model: "z-image-turbo", at: Date.UTC(2026, 11, 1, 12) };
const generator = { name: "Z-Image pipeline", version: "1.2.3" };

let folder: string;
let ours: ContentCredentials;
let theirs: ContentCredentials;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "credentials-"));
  ours = openContentCredentials(await openSigningKey(join(folder, "ours")), generator);
  theirs = openContentCredentials(await openSigningKey(join(folder, "theirs")), generator);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function reader() {
  return openCredentialReader([(await openSigningKey(join(folder, "ours"))).chain]);
}

it.each(formats)("tells what was signed here, what was changed since, and what another signed: %s", async (format) => {
  const bytes = await encodeImageFile(image, format);
  const read = await reader();
  const { bytes: signed, manifest } = await ours.sign({ bytes, format, image: drawn });
  expect(await read(signed, format)).toEqual({
    manifest,
    state: "intact",
    signedHere: true,
    generator: "Z-Image pipeline 1.2.3",
    image: drawn,
  });
  const changed = Uint8Array.from(signed);
  // The manifest of a WebP is its last chunk.
  changed[format === "webp" ? signed.indexOf(0x56, 12) + 60 : changed.length - 30]! ^= 1;
  expect(await read(changed, format)).toMatchObject({ state: "changed", signedHere: true, image: drawn });
  const other = await theirs.sign({ bytes, format, image: drawn });
  expect(await read(other.bytes, format)).toMatchObject({ state: "intact", signedHere: false, image: undefined });
  expect(await read(bytes, format)).toBeUndefined();
});

it("does not believe a manifest that was changed itself", async () => {
  const { bytes } = await ours.sign({ bytes: await encodeImageFile(image, "png"), format: "png", image: drawn });
  const forged = Buffer.from(bytes);
  forged.write("job_2", forged.indexOf("job_1"));
  expect(await (await reader())(forged, "png")).toMatchObject({ state: "invalid", signedHere: false });
});

it("believes no signature where nothing is signed here", async () => {
  const { bytes } = await ours.sign({ bytes: await encodeImageFile(image, "webp"), format: "webp", image: drawn });
  expect(await openCredentialReader()(bytes, "webp")).toMatchObject({ state: "intact", signedHere: false });
});

it("does not fetch a manifest that lies elsewhere", async () => {
  let asked = 0;
  const server = createServer((_, response) => {
    asked++;
    response.end();
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  try {
    const { WasmBuilder } = await loadC2pa();
    const definition = { claim_generator_info: [generator], format: "image/png", assertions: [] };
    const builder = WasmBuilder.fromJson(
      JSON.stringify(definition),
      JSON.stringify({ verify: { verify_after_sign: false }, builder: { thumbnail: { enabled: false } } }),
    );
    builder.addAction({ action: "c2pa.created" });
    builder.setNoEmbed(true);
    builder.setRemoteUrl(`http://127.0.0.1:${(server.address() as AddressInfo).port}/manifest`);
    const key = await openSigningKey(join(folder, "ours"));
    const sign = (bytes: Uint8Array) => coseSign1(key, bytes, 4_096);
    const png = new MemoryBlob(await encodeImageFile(image, "png"), "image/png");
    const file = await builder.sign({ alg: "es256", reserveSize: 4_096, sign }, [], "image/png", png);
    expect(Buffer.from(file).includes("/manifest")).toBe(true);
    expect(await (await reader())(file, "png")).toBeUndefined();
    expect(asked).toBe(0);
  } finally {
    server.close();
  }
});
