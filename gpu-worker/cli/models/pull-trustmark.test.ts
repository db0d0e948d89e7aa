import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { systemClock } from "../../../shared/ports/clock.ts";
import { pullTrustmark } from "./pull-trustmark.ts";

const contents: { readonly [path: string]: Buffer } = {
  "encoder_Q.onnx": Buffer.alloc(700, 1),
  "decoder_Q.onnx": Buffer.alloc(900, 2),
};
const files = Object.entries(contents).map(([path, bytes]) => ({
  path,
  bytes: bytes.length,
  sha256: createHash("sha256").update(bytes).digest("hex"),
}));

let server: Server;
let mirror: string;
let asked: string[];
let outDir: string;
beforeEach(async () => {
  asked = [];
  server = createServer(({ url = "" }, response) => {
    asked.push(url);
    const bytes = contents[url.slice("/models/".length)];
    response.writeHead(bytes === undefined ? 404 : 200, { "content-length": bytes?.length ?? 0 }).end(bytes);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}/models/`;
  outDir = mkdtempSync(join(tmpdir(), "trustmark-"));
});
afterEach(() => {
  server.close();
  rmSync(outDir, { recursive: true });
});

const pull = (given: object = {}) => pullTrustmark({ outDir, mirror, clock: systemClock, files, ...given });

it("downloads the pair once, checks it, and writes the description beside it", async () => {
  const path = await pull();
  expect(readdirSync(outDir).sort()).toEqual(["decoder_Q.onnx", "encoder_Q.onnx", "watermark.json"]);
  expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({
    encoder: { model: "encoder_Q.onnx" },
    decoder: { model: "decoder_Q.onnx" },
  });
  await pull();
  expect(asked).toEqual(["/models/encoder_Q.onnx", "/models/decoder_Q.onnx"]);
  writeFileSync(join(outDir, "decoder_Q.onnx"), "damaged");
  await pull();
  expect(readFileSync(join(outDir, "decoder_Q.onnx"))).toEqual(contents["decoder_Q.onnx"]);
});

it("keeps nothing that is not what was published", async () => {
  const changed = files.map((file) => ({ ...file, sha256: "0".repeat(64) }));
  await expect(pull({ files: changed })).rejects.toMatchObject({ code: "download_failed" });
  expect(readdirSync(outDir)).toEqual([]);
});
