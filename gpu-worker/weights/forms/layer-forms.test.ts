import { expect, it } from "vitest";
import { InvalidFileError } from "../../../shared/errors.ts";
import { storedTensors, textTensor } from "../../../test/support/engine/stored-tensors.ts";
import { layerForms } from "./layer-forms.ts";

const noted = (text: string) => layerForms(storedTensors({ "a.comfy_quant": textTensor(text) }));
const inMetadata = (layers: object) =>
  layerForms(storedTensors({}, { _quantization_metadata: JSON.stringify({ layers }) }));

it("reads the note of a layer, with the zeros that fill it up", () => {
  const format = { format: "float8_e4m3fn" };
  const form = { ...format, rotationGroup: undefined };
  expect(noted(JSON.stringify(format))("a")).toEqual(form);
  expect(noted(`${JSON.stringify(format)}\0\0\0`)("a")).toEqual(form);
  expect(noted(JSON.stringify(format))("b")).toBeUndefined();
});

it.each([
  [{ convrot: true }, 256],
  [{ convrot: true, convrot_groupsize: 64 }, 64],
  [{ convrot: false, convrot_groupsize: 64 }, undefined],
])("takes the rotation from %j", (rotation, group) => {
  expect(noted(JSON.stringify({ format: "int8_tensorwise", ...rotation }))("a")?.rotationGroup).toBe(group);
});

it("finds a layer in the file's metadata with or without a prefix, the longest name first", () => {
  const forms = inMetadata({ "layers.0.w": { format: "nvfp4" }, w: { format: "mxfp8" } });
  expect(forms("model.diffusion_model.layers.0.w")?.format).toBe("nvfp4");
  expect(forms("layers.1.w")?.format).toBe("mxfp8");
  expect(forms("layers.1.v")).toBeUndefined();
  expect(inMetadata({})("constructor")).toBeUndefined();
});

it.each<[string, () => unknown, string]>([
  ["a note that is no JSON", () => noted("{")("a"), "tensor a.comfy_quant: is no JSON"],
  ["a note without a format", () => noted("{}")("a"), "tensor a.comfy_quant: format: "],
  ["a note that is too long", () => noted(" ".repeat(10_001))("a"), "expected at most 10000 bytes, got 10001"],
  [
    "a format that it does not know",
    () => inMetadata({ a: { format: "convrot_w4a4" } })("a"),
    'tensor a.weight: the form "convrot_w4a4" cannot be read; take the same model in bf16',
  ],
  ["metadata of another shape", () => inMetadata([]), "_quantization_metadata: layers: "],
])("refuses %s", (_, open, message) => {
  expect(open).toThrow(InvalidFileError);
  expect(open).toThrow(message);
});
