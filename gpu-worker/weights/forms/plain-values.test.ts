import { expect, it } from "vitest";
import { bytesTensor, storedTensors } from "../../../test/support/engine/stored-tensors.ts";
import type { SafetensorsDtype } from "../formats/safetensors.ts";
import { readPlainValues } from "./plain-values.ts";

// −2, 1.5 and 0.25 of each type, after a byte that puts them at an odd place.
it.each<[SafetensorsDtype, string]>([
  ["F64", "00000000000000c0000000000000f83f000000000000d03f"],
  ["F32", "000000c00000c03f0000803e"],
  ["F16", "00c0003e0034"],
  ["BF16", "00c0c03f803e"],
  ["F8_E4M3", "c03c28"],
  ["F8_E5M2", "c03e34"],
])("widens %s, of a part alone too", (dtype, hex) => {
  const { tensors } = storedTensors({
    odd: bytesTensor("U8", [1], [0]),
    w: bytesTensor(dtype, [3], Buffer.from(hex, "hex")),
  });
  expect([...readPlainValues(tensors.get("w")!, 0, 3)]).toEqual([-2, 1.5, 0.25]);
  expect([...readPlainValues(tensors.get("w")!, 1, 1)]).toEqual([1.5]);
});

it("refuses to widen integers", () => {
  const { tensors } = storedTensors({ w: bytesTensor("I32", [1], [1, 0, 0, 0]) });
  expect(() => readPlainValues(tensors.get("w")!, 0, 1)).toThrow("expected a tensor of floats, got I32");
});
