import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../test/conformance/temporary-folder.ts";
import { tensor } from "../tensor.ts";
import { openCheckpoint } from "../weights/checkpoint.ts";
import { readSafetensors } from "../weights/formats/safetensors.ts";
import { averagedWeights, encodeHalf, storedWeights, writeComponent } from "./write-component.ts";

const one = (value: number) => tensor(Float32Array.of(value), [1]);

it("takes the moving averages of the parameters that are wanted, under the parameters' names", () => {
  const tensors = new Map([
    ["a.weight", one(1)],
    ["a.weight ema", one(2)],
    ["model.b.weight ema", one(3)],
    ["a.weight moment1", one(4)],
  ]);
  expect(averagedWeights({ step: 1, tensors })).toEqual(
    new Map([
      ["a.weight", one(2)],
      ["model.b.weight", one(3)],
    ]),
  );
  expect([...averagedWeights({ step: 1, tensors }, (name) => name.startsWith("model.")).keys()]).toEqual([
    "model.b.weight",
  ]);
});

it("writes weights in float16 beside their configuration, as a checkpoint reads them", async () => {
  const folder = join(temporaryFolder(), "new", "vae");
  const weights = new Map([["conv.weight", tensor(Float32Array.of(0.1, -2, 65504, 2 ** -24), [2, 2])]]);
  await writeComponent(folder, { act_fn: "silu" }, weights, "model.safetensors");
  expect(await readFile(join(folder, "config.json"), "utf8")).toBe('{\n  "act_fn": "silu"\n}\n');
  const { tensors, metadata } = readSafetensors(join(folder, "model.safetensors"));
  expect([tensors.get("conv.weight")!.dtype, metadata.get("format")]).toEqual(["F16", "pt"]);
  const rounded = Float32Array.of(0.0999755859375, -2, 65504, 2 ** -24);
  expect(storedWeights(openCheckpoint(folder))).toEqual(new Map([["conv.weight", tensor(rounded, [2, 2])]]));
});

it("refuses a value beyond float16 by its tensor", () => {
  expect(() => encodeHalf(new Map([["to_q.weight", one(70_000)]]))).toThrow(
    "tensor to_q.weight has values beyond float16",
  );
  expect(() => encodeHalf(new Map([["to_q.weight", one(Number.NaN)]]))).toThrow("beyond float16");
});
