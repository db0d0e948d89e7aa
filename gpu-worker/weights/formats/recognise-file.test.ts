import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { openCheckpoint } from "../checkpoint.ts";
import { encodeSafetensors } from "./write-safetensors.ts";

const folder = mkdtempSync(join(tmpdir(), "recognise-"));
afterAll(() => rmSync(folder, { recursive: true }));

it.each([
  [
    "a Git LFS pointer",
    "version https://git-lfs.github.com/spec/v1\noid sha256:0f\nsize 12309866400\n",
    "is a Git LFS pointer of a file of 12.31 GB, not the weights; run git lfs pull",
  ],
  ["a page", "\n<!DOCTYPE html>\n<html>", "is a web page that was saved in place of the file; download it by its link"],
  ["a refusal", "Entry not found", 'is a hub\'s refusal that was saved in place of the file ("Entry not found")'],
  ["a refusal in JSON", '{"error":"Repository is gated"}', "is a hub's refusal"],
  ["a zipped PyTorch file", "PK\x03\x04\x00archive/data.pkl", "is a PyTorch file, which can run code"],
  ["a pickle", "\x80\x02}q\x00X", "is a PyTorch file"],
  ["an archive", "7z\xbc\xaf\x27\x1c", "is a packed archive; unpack it first"],
  ["nothing", "", "is empty; download it again"],
])("tells %s by its first bytes", (_, text, message) => {
  const path = join(folder, "model.safetensors");
  writeFileSync(path, Buffer.from(text, "latin1"));
  expect(() => openCheckpoint(path)).toThrow(`${path}: ${message}`);
});

const weights = encodeSafetensors({ w: { dtype: "F32", shape: [1], bytes: new Uint8Array(4) } });

it.each(["m.SAFETENSORS", "m.sft", "m.safetensors.part"])("reads %s for what it holds, whatever its name", (name) => {
  writeFileSync(join(folder, name), weights);
  expect([...openCheckpoint(join(folder, name)).tensors.keys()]).toEqual(["w"]);
});

it.each(["model.SAFETENSORS", "model.sft"])("finds %s in a component's folder", (name) => {
  const dir = join(folder, name.replace(".", "-"));
  mkdirSync(dir);
  writeFileSync(join(dir, name), weights);
  expect([...openCheckpoint(dir).tensors.keys()]).toEqual(["w"]);
});

it("is not led astray by a header whose length looks like a pickle", () => {
  // 0x0280 bytes of header.
  const same = encodeSafetensors(
    { w: { dtype: "F32", shape: [1], bytes: new Uint8Array(4) } },
    { note: "x".repeat(554) },
  );
  expect([...same.slice(0, 2)]).toEqual([0x80, 0x02]);
  writeFileSync(join(folder, "pickle-like.safetensors"), same);
  expect([...openCheckpoint(join(folder, "pickle-like.safetensors")).tensors.keys()]).toEqual(["w"]);
});

it("says of a folder of .bin files what they are", () => {
  const dir = join(folder, "bin");
  mkdirSync(dir);
  writeFileSync(join(dir, "pytorch_model.bin"), "PK\x03\x04");
  expect(() => openCheckpoint(dir)).toThrow("pytorch_model.bin: is a PyTorch file");
});
