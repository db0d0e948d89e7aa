import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import distill from "../../test/training/smoke-distill.json" with { type: "json" };
import smoke from "../../test/training/smoke-lora.json" with { type: "json" };
import { readTrainConfig } from "./train-config.ts";

async function read(changes: object, base: object = smoke) {
  const folder = await mkdtemp(join(tmpdir(), "train-config-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "config.json");
  await writeFile(path, JSON.stringify({ ...base, ...changes }));
  return (await readTrainConfig(path)).config;
}

it("takes a folder at one size or at several", async () => {
  expect((await read({})).data).toEqual({ ...smoke.data, onBadData: "refuse", minSide: 64 });
  const several = { folder: ".", pixels: 16384 };
  expect((await read({ data: several })).data).toEqual({
    ...several,
    onBadData: "refuse",
    minSide: 64,
    maxAspectRatio: 2,
  });
});

it.each([
  ["no multiple of 16", { data: { folder: ".", width: 32, height: 33 } }, /data[.:] ?height: .*16/],
  ["one side only", { data: { folder: ".", width: 32 } }, /data: height: /],
  ["both ways to say a size", { data: { folder: ".", pixels: 4096, width: 64 } }, /data: .*"width"/],
  ["too few pixels", { data: { folder: ".", pixels: 100 } }, /data[.:] ?pixels: .*256/],
  ["a shape too long", { data: { folder: ".", pixels: 4096, maxAspectRatio: 9 } }, /data[.:] ?maxAspectRatio: /],
  ["a bad choice", { data: { folder: ".", width: 32, height: 32, onBadData: "ignore" } }, /data: onBadData: /],
  ["no data at all", { data: {} }, /data: expected {module, options}, {folder, width, height} or {folder, pixels}/],
  ["captions of odd length", { captionTokens: 40 }, /captionTokens: .*32/],
  ["captions longer than served", { captionTokens: 544 }, /captionTokens: .*512/],
  ["an unknown field", { epochs: 3 }, /"epochs"/],
])("refuses %s by name", async (_, changes, message) => {
  await expect(read(changes)).rejects.toThrow(message);
});

it("refuses a distillation with fields of another kind, or with what cannot work", async () => {
  await expect(read({ trains: "transformer" }, distill)).rejects.toThrow('"trains"');
  await expect(read({ matching: 0 }, distill)).rejects.toThrow("matching: is 0: guidance alone oversaturates");
});
