import { expect, it } from "vitest";
import type { SafetensorsDtype, StoredTensor } from "../formats/safetensors.ts";
import { unreadableForm } from "./unreadable-forms.ts";

const named = (tensors: Readonly<Record<string, SafetensorsDtype>>) =>
  new Map(
    Object.entries(tensors).map(([name, dtype]): [string, StoredTensor] => [
      name,
      { file: "f", dtype, shape: [1], offset: 0, length: 1 },
    ]),
  );
const layer = "layers.0.feed_forward.w1";

it.each<[string, Readonly<Record<string, SafetensorsDtype>>]>([
  ["Nunchaku (SVDQuant)", { [`${layer}.qweight`]: "I8", [`${layer}.wscales`]: "BF16" }],
  ["bitsandbytes, 4 bits", { [`${layer}.weight`]: "U8", [`${layer}.weight.absmax`]: "F32" }],
  ["bitsandbytes, 8 bits", { [`${layer}.weight`]: "I8", [`${layer}.SCB`]: "F32" }],
  ["SDNQ", { [`${layer}.weight`]: "U8", [`${layer}.svd_up`]: "BF16" }],
  ["SDNQ", { [`${layer}.weight`]: "I8", [`${layer}.scale`]: "F32" }],
  ["GPTQ or AWQ", { [`${layer}.qweight`]: "I32", [`${layer}.qzeros`]: "I32" }],
  ["GPTQ or AWQ", { [`${layer}.qweight`]: "I32", [`${layer}.scales`]: "F16" }],
  ["Nunchaku (SVDQuant)", { [`${layer}.qweight`]: "I8", [`${layer}.wcscales`]: "BF16" }],
  ["Quanto", { [`${layer}.weight._data`]: "I8" }],
  ["DFloat11", { "layers.0.encoded_exponent": "U8", "layers.0.sign_mantissa": "U8" }],
  ["compressed-tensors, packed", { [`${layer}.weight_packed`]: "I32", [`${layer}.weight_scale`]: "BF16" }],
  ["torchao", { [`${layer}._weight_qdata`]: "F8_E4M3", [`${layer}._weight_scale`]: "F32" }],
  ["HQQ", { [`${layer}.W_q`]: "U8" }],
  ["MLX, quantised", { [`${layer}.weight`]: "U32", [`${layer}.scales`]: "BF16", [`${layer}.biases`]: "BF16" }],
])("names %s by %j, and what to fetch instead", (name, tensors) => {
  const said = unreadableForm(named(tensors));
  expect(said).toMatch(`is in the form ${name}: `);
  expect(said).toContain("fetch the same model in bf16, fp8, int8_convrot or nvfp4");
});

it("names the method that the metadata tell", () => {
  const plain = named({ [`${layer}.weight`]: "U8" });
  const said = (config: string) => unreadableForm(plain, new Map([["quantization_config", config]]));
  expect(said('{"quant_method":"hqq"}')).toContain("is in the form hqq, which cannot be read");
  expect(said('{"rank":32}')).toContain("Nunchaku");
  expect(said("{")).toBeUndefined();
});

it("says nothing of floats, and of a scale beside them", () => {
  expect(unreadableForm(named({ [`${layer}.weight`]: "BF16", [`${layer}.scale`]: "F32" }))).toBeUndefined();
  // A packed weight alone may be another form that is read.
  expect(unreadableForm(named({ [`${layer}.qweight`]: "I32" }))).toBeUndefined();
});
