import { expect, it } from "vitest";
import { goldenCheckpoint } from "../../test/support/engine/golden-tensors.ts";
import { openModelFolder } from "../weights/folder/model-folder.ts";
import { type PlanForModelOptions, planForModel } from "./plan-for-model.ts";

const folder = await openModelFolder(goldenCheckpoint("tiny-turbo"));
const plan = (options: Partial<PlanForModelOptions> = {}) =>
  planForModel(folder, {
    device: "cpu",
    memoryBytes: 64e9,
    side: 256,
    config: { dim: 64 },
    precision: "stored",
    measure: () => Promise.reject(new Error("not to be measured")),
    ...options,
  });

it("runs a small model as it is stored, without measuring anything", async () => {
  expect(await plan({ precision: "auto" })).toMatchObject({ precision: "float32", layout: undefined, fits: true });
});

it("names what the weights are computed in", async () => {
  expect(await plan({ device: "cuda" })).toMatchObject({ precision: "bfloat16" });
  expect(await plan({ precision: "w8a8" })).toMatchObject({ precision: "w8a8", layout: "int8-convrot" });
  expect(await plan({ precision: "int4" })).toMatchObject({ precision: "int4", layout: "int4" });
});

it("says where nothing has room", async () => {
  expect(await plan({ memoryBytes: 1e6 })).toMatchObject({ fits: false });
});

it("takes the residency that was asked for, and gives the reason of its own choice", async () => {
  const own = await plan();
  expect(own.residency).toBe("resident");
  expect(await plan({ residency: "streamed" })).toMatchObject({
    residency: "streamed",
    reason: `streamed was asked for; without that: ${own.reason}`,
  });
});
