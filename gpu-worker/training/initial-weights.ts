import { gaussianNoise } from "../pipeline/noise.ts";
import { elementCount, type Tensor, tensor } from "../tensor.ts";
import { randomStream } from "./data/random-stream.ts";

export type Initializer =
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "normal"; readonly deviation: number }
  /** Uniform in ±limit. */
  | { readonly kind: "uniform"; readonly limit: number };

export const constant = (value: number): Initializer => ({ kind: "constant", value });
export const normal = (deviation: number): Initializer => ({ kind: "normal", deviation });
/** Keeps the size of activations in both directions. @param shape - `[out, in]` */
export const xavier = ([rows = 1, columns = 1]: readonly number[]): Initializer => ({
  kind: "uniform",
  limit: Math.sqrt(6 / (rows + columns)),
});
/** Uniform in ±1/√inputs, as PyTorch begins its convolutions. @param shape - `[out, in, ...]` */
export const perInput = (shape: readonly number[]): Initializer => ({
  kind: "uniform",
  limit: 1 / Math.sqrt(elementCount(shape.slice(1))),
});

/**
 * Values of a parameter before training, decided by seed and name alone, whatever other parameters there are.
 * @param seed - unsigned 32-bit
 */
export function initialWeight(seed: number, name: string, shape: readonly number[], initializer: Initializer): Tensor {
  const count = elementCount(shape);
  if (initializer.kind === "constant") return tensor(new Float32Array(count).fill(initializer.value), shape);
  const random = randomStream(seed, hash(name));
  if (initializer.kind === "uniform") {
    return tensor(
      Float32Array.from({ length: count }, () => (2 * random() - 1) * initializer.limit),
      shape,
    );
  }
  const ownSeed = Math.floor(random() * 2 ** 32);
  return tensor(
    gaussianNoise(ownSeed, count).map((value) => value * initializer.deviation),
    shape,
  );
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return value;
}
