import { expect, it } from "vitest";
import { goldenCheckpoint } from "../../../test/support/engine/golden-tensors.ts";
import { describeModel, formatSummary } from "./describe-model.ts";

it("counts tensors, values and bytes of each component, from the headers alone", async () => {
  const components = await describeModel(goldenCheckpoint("tiny-turbo"));
  expect(components.map(({ component }) => component)).toEqual(["text_encoder", "transformer", "vae"]);
  for (const { tensors, dtypes, parameters, bytes } of components) {
    expect([...dtypes.values()].reduce((sum, count) => sum + count, 0)).toBe(tensors);
    const bits = { F32: 4, BF16: 2, F16: 2 }[[...dtypes.keys()][0]!];
    expect(bytes).toBe(bits! * parameters);
  }
});

it("lists one aligned line per component and one for all", () => {
  const dtypes = new Map([
    ["F32", 2],
    ["int8", 1],
  ]);
  const text = formatSummary([
    { component: "transformer", tensors: 3, dtypes, parameters: 1_234_567, bytes: 2_500_000 },
    { component: "vae", tensors: 1, dtypes: new Map([["F16", 1]]), parameters: 100, bytes: 200 },
  ]);
  expect(text.split("\n")).toEqual([
    "transformer      3 tensors      1,234,567 parameters       2.50 MB   2 F32, 1 int8",
    "vae              1 tensors            100 parameters       0.00 MB   1 F16",
    "total            4 tensors      1,234,667 parameters       2.50 MB",
  ]);
});

it("refuses a folder that is no model", async () => {
  await expect(describeModel("/absent")).rejects.toThrow("there is no /absent");
});
