import { InvalidFileError } from "../../../shared/errors.ts";
import { readSafetensors } from "../../weights/formats/safetensors.ts";
import { readTensor } from "../../weights/tensor-values.ts";

const defaultName = "latents_init";

/**
 * Latents of one image from `FILE.safetensors` or `FILE.safetensors:tensor`: `[16, h, w]`, or with leading axes of size
 * 1.
 * @throws InvalidFileError naming file and tensor
 */
export function readLatents(reference: string): Float32Array {
  const [, path = reference, name = defaultName] = /^(.*\.safetensors):(.+)$/s.exec(reference) ?? [];
  const { tensors } = readSafetensors(path);
  const stored = tensors.get(name);
  if (!stored) {
    throw new InvalidFileError(
      `${path}: expected a tensor ${name}, found ${[...tensors.keys()].slice(0, 10).join(", ") || "none"}`,
    );
  }
  if (stored.shape.slice(0, -3).some((size) => size !== 1)) {
    throw new InvalidFileError(
      `${path}: ${name} must hold the latents of one image, [16, h, w], got [${stored.shape}]`,
    );
  }
  return readTensor(stored);
}
