import sharp from "sharp";
import { expect, it } from "vitest";
import type { Engine, EngineEvent } from "../../gpu-worker/engine.ts";
import { measureImage, squareParams } from "./measure-image.ts";

const noise = (side: number) =>
  sharp(Buffer.from(Uint8Array.from({ length: 3 * side * side }, (_, i) => i % 251)), {
    raw: { width: side, height: side, channels: 3 },
  })
    .png()
    .toBuffer();

/** An engine that says what it is given to say. */
const engineOf = (events: readonly object[]) =>
  ({
    async *generate() {
      yield* events as EngineEvent[];
    },
  }) as unknown as Engine;

const image = async (side: number) => ({ type: "image", image: { bytes: await noise(side) } });

it("measures each stage, and tells of the steps as they end", async () => {
  const steps: number[] = [];
  const events = [
    { type: "encoded", promptTokens: 23 },
    { type: "step", step: 1 },
    { type: "step", step: 2 },
  ];
  const engine = engineOf([...events, await image(16)]);
  const used = await measureImage(engine, squareParams(16, 2), (step) => steps.push(step));
  expect([used.promptTokens, used.steps.length, steps]).toEqual([23, 2, [1, 2]]);
  const stages = [used.encoder, ...used.steps, used.decoder].reduce((sum, { wallS }) => sum + wallS, 0);
  expect(used.whole.wallS).toBeGreaterThanOrEqual(stages);
});

it.each([
  ["of another size", async () => [await image(32)], /expected an image of 16×16, got 32×32/],
  ["of one colour", async () => [{ type: "image", image: { bytes: await plain() } }], /with 1 different values/],
  ["that never comes", async () => [], /ended without an image/],
])("takes no figure from an image %s", async (_, events, message) => {
  await expect(measureImage(engineOf(await events()), squareParams(16, 2))).rejects.toThrow(message);
});

const plain = () =>
  sharp({ create: { width: 16, height: 16, channels: 3, background: "black" } })
    .png()
    .toBuffer();
