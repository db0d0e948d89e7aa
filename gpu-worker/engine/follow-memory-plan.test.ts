import { expect, it } from "vitest";
import { PipelineError } from "../../shared/errors.ts";
import { tensor } from "../tensor.ts";
import { followMemoryPlan, type Networks } from "./follow-memory-plan.ts";
import type { MemoryPlan } from "./memory-plan.ts";

const plan = (more: Partial<MemoryPlan> = {}): MemoryPlan => ({
  precision: "int4",
  residency: "resident",
  batch: 2,
  peakBytes: 0,
  fits: true,
  reason: "",
  ...more,
});

const item = {
  latents: tensor(new Float32Array(4), [1, 2, 2]),
  promptEmbeds: tensor(new Float32Array(1), [1, 1]),
  t: 0,
};
const image = tensor(new Float32Array(1), [1, 1, 1]);

/** Networks that take notes of what is loaded, and of which calls they answer with an error. */
function noted(failures: Partial<Record<keyof Networks, number>> = {}) {
  const loaded = new Set<string>();
  const calls: string[] = [];
  const left = { textEncoder: 0, transformer: 0, vae: 0, ...failures };
  const call = async <T>(name: keyof Networks, detail: string, result: T): Promise<T> => {
    loaded.add(name);
    calls.push(`${name}${detail} with ${[...loaded].sort().join("+")}`);
    if (left[name]-- > 0)
      throw new PipelineError("run_failed", "ONNX Runtime: Available memory of 0 is smaller than 1");
    return result;
  };
  const release = (name: string) => async () => void loaded.delete(name);
  const networks: Networks = {
    textEncoder: { encode: () => call("textEncoder", "", image), release: release("textEncoder") },
    transformer: {
      forward: (items) =>
        call(
          "transformer",
          ` ${items.length}`,
          items.map(({ latents }) => latents),
        ),
      adapt: async () => ({ warnings: [] }),
      release: release("transformer"),
    },
    vae: {
      scalingFactor: 1,
      shiftFactor: 0,
      release: release("vae"),
      decode: () => call("vae", "", image),
      encode: () => call("vae", "", { mean: image, logvar: image }),
    },
  };
  return { networks, calls };
}

async function drawTwice({ textEncoder, transformer, vae }: Networks): Promise<void> {
  for (let round = 0; round < 2; round++) {
    await textEncoder.encode([1]);
    await transformer.forward([item, item]);
    await vae.decode(image);
  }
}

it.each([
  ["resident", ["textEncoder", "transformer 2", "vae"], ["textEncoder+transformer+vae"]],
  ["encoder-first", ["textEncoder with textEncoder"], ["textEncoder", "transformer", "transformer+vae"]],
  ["sequential", ["vae with vae"], ["textEncoder", "transformer", "vae"]],
] as const)("%s keeps what it says", async (residency, expected, together) => {
  const { networks, calls } = noted();
  await drawTwice(followMemoryPlan(networks, plan({ residency })));
  for (const part of expected) expect(calls.join("\n")).toContain(part);
  const last = new Set(calls.slice(3).map((line) => line.split(" with ")[1]));
  expect([...last].sort()).toEqual([...together].sort());
});

it("steps down once when memory runs out, does the same stage again, and says so", async () => {
  const { networks, calls } = noted({ transformer: 1 });
  const told: MemoryPlan[] = [];
  const followed = followMemoryPlan(networks, plan(), (next) => told.push(next));
  await followed.textEncoder.encode([1]);
  expect(await followed.transformer.forward([item, item])).toEqual([item.latents, item.latents]);
  expect(calls).toEqual([
    "textEncoder with textEncoder",
    "transformer 2 with textEncoder+transformer",
    "transformer 1 with transformer",
    "transformer 1 with transformer",
  ]);
  expect(told).toMatchObject([{ residency: "sequential", vaeTile: 64, batch: 1 }]);
});

it("takes an image that is too large for the VAE in tiles, and changes nothing for smaller ones", async () => {
  const { networks, calls } = noted({ vae: 1 });
  const told: MemoryPlan[] = [];
  const followed = followMemoryPlan(networks, plan({ residency: "encoder-first" }), (next) => told.push(next));
  const large = tensor(new Float32Array(100 * 64), [1, 100, 64]);
  const draw = async (z: typeof large) => {
    await followed.transformer.forward([item, item]);
    await followed.vae.decode(z);
  };
  for (const z of [large, image, large]) await draw(z);
  expect(told).toMatchObject([{ residency: "encoder-first", batch: 2 }]);
  expect(told[0]?.vaeTile).toBeUndefined();
  expect(calls).toEqual([
    "transformer 2 with transformer",
    "vae with transformer+vae",
    // Again, in two tiles.
    "vae with vae",
    "vae with vae",
    "transformer 2 with transformer+vae",
    "vae with transformer+vae",
    "transformer 2 with transformer+vae",
    "vae with transformer+vae",
    "vae with transformer+vae",
  ]);
  expect(followed.vae.keepsTransformer?.()).toBe(true);
  expect(followMemoryPlan(networks, plan({ residency: "sequential" })).vae.keepsTransformer?.()).toBe(false);
});

it("fails with advice when stepping down was not enough", async () => {
  const { networks } = noted({ vae: 3 });
  const decoding = followMemoryPlan(networks, plan()).vae.decode(image);
  await expect(decoding).rejects.toMatchObject({
    code: "out_of_memory",
    message: expect.stringContaining("draw a smaller image, or convert the model"),
  });
});

it("leaves other failures alone", async () => {
  const { networks } = noted();
  const broken = { ...networks.vae, decode: () => Promise.reject(new PipelineError("run_failed", "a bad shape")) };
  const followed = followMemoryPlan({ ...networks, vae: broken }, plan());
  await expect(followed.vae.decode(image)).rejects.toMatchObject({ code: "run_failed" });
});
