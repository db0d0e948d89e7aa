import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { InvalidFileError } from "../../shared/errors.ts";
import { temporaryFolder } from "../../test/conformance/temporary-folder.ts";
import { tensor } from "../tensor.ts";
import { encodeSafetensors } from "../weights/formats/write-safetensors.ts";
import { loadTrainState, saveTrainState } from "./train-state.ts";

const stateAt = (step: number) => ({
  step,
  tensors: new Map([
    ["w", tensor(Float32Array.of(0.1, -0, 1e-45, step), [2, 2])],
    ["w ema", tensor(Float32Array.of(1), [1])],
  ]),
});

it("reads back bit for bit what was saved, with the trainer's metadata", async () => {
  const path = join(temporaryFolder(), "state.safetensors");
  await saveTrainState(path, stateAt(7), { seed: "17" });
  const { state, metadata } = loadTrainState(path);
  expect(state).toEqual(stateAt(7));
  expect(metadata.get("seed")).toBe("17");
});

it("replaces the file whole and leaves nothing beside it", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "state.safetensors");
  await saveTrainState(path, stateAt(1));
  await saveTrainState(path, stateAt(2));
  expect(loadTrainState(path).state).toEqual(stateAt(2));
  expect(await readdir(folder)).toEqual(["state.safetensors"]);
  await expect(saveTrainState(join(folder, "absent", "state"), stateAt(1))).rejects.toThrow("ENOENT");
});

const half = { w: { dtype: "F16" as const, shape: [1], bytes: Uint8Array.of(0, 0x3c) } };
it.each([
  ["another kind of file", new TextEncoder().encode("not a state"), "state.safetensors"],
  ["weights without a step", encodeSafetensors({}), "expected a training state with its step, got step undefined"],
  ["a step that is none", encodeSafetensors({}, { step: "-1" }), "got step -1"],
  ["weights that were rounded", encodeSafetensors(half, { step: "3" }), "tensor w: expected F32 in a training state"],
])("refuses %s", async (_, bytes, message) => {
  const path = join(temporaryFolder(), "state.safetensors");
  await writeFile(path, bytes);
  expect(() => loadTrainState(path)).toThrow(InvalidFileError);
  expect(() => loadTrainState(path)).toThrow(message);
});
