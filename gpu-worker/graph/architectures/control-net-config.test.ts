import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { float32Tensor } from "../../../test/support/engine/run-graph.ts";
import { readSafetensors } from "../../weights/formats/safetensors.ts";
import { encodeSafetensors, type TensorToWrite } from "../../weights/formats/write-safetensors.ts";
import { inferControlNetConfig } from "./control-net-config.ts";
import { transformerConfig } from "./z-image-config.ts";

const folder = mkdtempSync(join(tmpdir(), "control-net-"));
afterAll(() => rmSync(folder, { recursive: true }));
const cases = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../../test/cases/16-controlnet/names.json"), "utf8"),
) as Record<string, { expected: object }>;

const dim = 8;
/** Of the released transformer, but for its width. */
const base = {
  ...transformerConfig.parse(
    JSON.parse(
      readFileSync(
        join(import.meta.dirname, "../../../test/golden/checkpoints/tiny-turbo/transformer/config.json"),
        "utf8",
      ),
    ),
  ),
  dim,
  layers: 30,
  refinerLayers: 2,
};

/** @param projection - values of the refiner's first projection; none where the refiner has plain blocks */
function infer({ layers, width, projection }: { layers: number; width: number; projection?: number[] }) {
  const square = float32Tensor([dim, dim], new Array(dim * dim).fill(1));
  const tensors: Record<string, TensorToWrite> = {
    "control_all_x_embedder.2-1.weight": float32Tensor([dim, width], new Array(dim * width).fill(1)),
    "control_noise_refiner.0.attention.to_q.weight": square,
    "control_noise_refiner.1.attention.to_q.weight": square,
  };
  for (let layer = 0; layer < layers; layer++) tensors[`control_layers.${layer}.after_proj.weight`] = square;
  if (projection) tensors["control_noise_refiner.0.before_proj.weight"] = float32Tensor([dim, dim], projection);
  const path = join(folder, "net.safetensors");
  writeFileSync(path, encodeSafetensors(tensors));
  return inferControlNetConfig({ folder: path, tensors: readSafetensors(path).tensors }, base);
}

const zeros = new Array(dim * dim).fill(0);
const trained = [...zeros.slice(1), 0.5];

it("tells 2.0 by a projection that is still zero", () => {
  const config = infer({ layers: 15, width: 132, projection: zeros });
  expect(config).toMatchObject(cases["2.0"]!.expected);
  expect(config?.places).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28]);
});

it("tells 2.1 by one that is not, and its lite form by its three layers", () => {
  expect(infer({ layers: 15, width: 132, projection: trained })?.refiner).toBe("control_noise_refiner");
  expect(infer({ layers: 3, width: 132, projection: trained })).toMatchObject(cases["2.1-lite"]!.expected);
});

it("tells 1.0 by its 16 channels", () => {
  expect(infer({ layers: 6, width: 64 })).toMatchObject({
    refiner: "plain",
    refinerPlaces: [],
    inChannels: 16,
    places: [0, 5, 10, 15, 20, 25],
  });
});

it("leaves open what it does not know", () => {
  expect(infer({ layers: 7, width: 132 })).toBeUndefined();
});
