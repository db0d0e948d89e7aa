import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { z } from "zod";
import { float32Tensor } from "../../../test/support/engine/run-graph.ts";
import { encodeSafetensors } from "../../weights/formats/write-safetensors.ts";
import { openGoldenCase, parseInputs, storedTensor, storedValues } from "./golden-case.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "golden-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const inFile = { a: float32Tensor([2], [1, 2]), mask: { dtype: "U8", shape: [1], bytes: Uint8Array.of(7) } } as const;
function open(
  tensors: object = { a: { dtype: "F32", shape: [2] }, mask: { dtype: "U8", shape: [1] } },
  changes: object = {},
) {
  writeFileSync(join(folder, "tensors.safetensors"), encodeSafetensors(inFile));
  const manifest = { format: 1, case: "c", kind: "vae", checkpoint: null, inputs: { steps: 4 }, tensors, ...changes };
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
  return openGoldenCase(folder);
}

it("reads inputs and tensors", async () => {
  const golden = await open();
  expect(parseInputs(golden, z.object({ steps: z.int() }))).toEqual({ steps: 4 });
  expect([...storedValues(storedTensor(golden, "a"))]).toEqual([1, 2]);
  expect([...storedValues(storedTensor(golden, "mask"))]).toEqual([7]);
});

it("names what is missing from a case, and the input that is wrong", async () => {
  const golden = await open();
  expect(() => storedTensor(golden, "b")).toThrow("a case of kind vae needs the tensor b");
  expect(() => parseInputs(golden, z.object({ steps: z.string() }))).toThrow(/manifest\.json: inputs\.steps: /);
});

it.each([
  [{ a: { dtype: "F32", shape: [2] } }, "tensor mask is in the file but not in the manifest"],
  [
    { a: { dtype: "F32", shape: [3] }, mask: { dtype: "U8", shape: [1] } },
    "tensor a is F32 [3] in the manifest, F32 [2] in the file",
  ],
  [
    { a: { dtype: "F32", shape: [2] }, mask: { dtype: "U8", shape: [1] }, b: { dtype: "F32", shape: [1] } },
    "tensor b is in the manifest but not in the file",
  ],
])("refuses a manifest that disagrees with its tensors: case %#", async (tensors, message) => {
  await expect(open(tensors)).rejects.toThrow(message);
});

it("lets no case name a checkpoint outside the folder", async () => {
  await expect(open(undefined, { checkpoint: "../x" })).rejects.toThrow("checkpoint");
});
