import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  readSafetensors,
  type SafetensorsDtype,
  type SafetensorsFile,
} from "../../../gpu-worker/weights/formats/safetensors.ts";
import { encodeSafetensors, type TensorToWrite } from "../../../gpu-worker/weights/formats/write-safetensors.ts";
import { temporaryFolder } from "../../conformance/temporary-folder.ts";

/** A tensor of these bytes. */
export const bytesTensor = (
  dtype: SafetensorsDtype,
  shape: readonly number[],
  bytes: ArrayLike<number> | ArrayBuffer,
): TensorToWrite => ({
  dtype,
  shape,
  bytes: bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : Uint8Array.from(bytes),
});

/** A text as a U8 tensor. */
export const textTensor = (text: string): TensorToWrite => {
  const bytes = Buffer.from(text);
  return bytesTensor("U8", [bytes.length], bytes);
};

/** A safetensors file of these tensors, in a folder of its own. */
export function storedTensors(
  tensors: Readonly<Record<string, TensorToWrite>>,
  metadata?: Readonly<Record<string, string>>,
  name = "model.safetensors",
): SafetensorsFile {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, encodeSafetensors(tensors, metadata));
  return readSafetensors(path);
}
