import { expect, it } from "vitest";
import { deviceCode } from "./device-code.ts";

it.each([
  ["CUDA failure 100: no CUDA-capable device is detected ; GPU=-1", "device_lost"],
  ["CUDA failure 214: uncorrectable ECC error encountered ; GPU=0", "device_lost"],
  ["CUDA failure 700: an illegal memory access was encountered ; GPU=0", "device_failed"],
  ["CUDA failure 719: unspecified launch failure ; GPU=0", "device_failed"],
  ["CUDA failure 2: out of memory ; GPU=0", undefined],
  ["Got invalid dimensions for input: x", undefined],
])("hears from %j that the device is: %s", (message, code) => {
  expect(deviceCode(message)).toBe(code);
});
