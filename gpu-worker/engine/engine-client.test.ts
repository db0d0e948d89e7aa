import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { CanceledError, InvalidFileError, InvalidInputError } from "../../shared/errors.ts";
import { collect } from "../../test/support/collect.ts";
import { writeRedClassifier } from "../../test/support/engine/red-classifier.ts";
import type { Engine, EngineEvent, GenerateParams } from "../engine.ts";
import { loadEngine } from "./engine-client.ts";
import { drawFirstImage } from "./first-image.ts";

const modelDir = "test/golden/checkpoints/tiny-turbo";
const params: GenerateParams = {
  prompt: "a cat",
  width: 64,
  height: 64,
  steps: 3,
  guidance: 0,
  cfgNormalization: false,
  cfgTruncation: 1,
  seed: 1,
  format: "png",
  preview: false,
};

describe("a loaded engine", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await loadEngine({ modelDir, threads: 1 });
  });
  afterAll(() => engine.close());

  it("says what it is", () => {
    expect(engine.model).toMatchObject({ id: "tiny-turbo", family: "turbo", random: true, defaultSteps: 8 });
  });

  it("yields the prompt, every step and the image", async () => {
    const events = await collect(engine.generate({ ...params, preview: true }));
    expect(events.map(({ type }) => type)).toEqual(["encoded", "step", "step", "step", "image"]);
    expect(events[0]).toEqual({ type: "encoded", promptTokens: 10, readTokens: 10 });
    const previews = events.flatMap((event) => (event.type === "step" ? [event.preview] : []));
    for (const preview of previews) expect(Buffer.from(preview!.subarray(0, 2)).toString("hex")).toBe("8950");
    expect(events[4]).toMatchObject({ image: { width: 64, height: 64, format: "png", seed: 1 } });
  });

  it("draws the same bytes from the same seed", async () => {
    expect(await imageOf(engine, params)).toEqual(await imageOf(engine, params));
    expect(await imageOf(engine, { ...params, seed: 2 })).not.toEqual(await imageOf(engine, params));
  });

  it("leaves the caller's event loop running", async () => {
    let ticks = 0;
    let isDone = false;
    const tick = () => {
      ticks++;
      if (!isDone) setImmediate(tick);
    };
    setImmediate(tick);
    let events = 0;
    for await (const _ of engine.generate({ ...params, width: 256, height: 256 })) events++;
    isDone = true;
    // A network run on this thread would let through a few ticks per event, those that carry its message.
    expect(ticks).toBeGreaterThan(20 * events);
  });

  it("serves calls one after another", async () => {
    const order: string[] = [];
    const run = async (name: string) => {
      for await (const event of engine.generate(params)) order.push(`${name} ${event.type}`);
    };
    await Promise.all([run("a"), run("b")]);
    expect(order).toEqual(
      ["a", "b"].flatMap((name) => ["encoded", "step", "step", "step", "image"].map((type) => `${name} ${type}`)),
    );
  });

  it("stops before the next step when the signal aborts, and stays usable", async () => {
    const stop = new AbortController();
    const events: EngineEvent[] = [];
    const run = async () => {
      for await (const event of engine.generate(
        { ...params, steps: 100, width: 256, height: 256 },
        { signal: stop.signal },
      )) {
        events.push(event);
        if (event.type === "step") stop.abort();
      }
    };
    await expect(run()).rejects.toThrow(CanceledError);
    expect(events.length).toBeLessThan(20);
    expect((await imageOf(engine, params)).length).toBeGreaterThan(0);
  });

  it("runs nothing for a signal that is aborted already", async () => {
    await expect(collect(engine.generate(params, { signal: AbortSignal.abort() }))).rejects.toThrow(CanceledError);
  });

  it("stays usable when the caller leaves early", async () => {
    for await (const event of engine.generate({ ...params, steps: 100 })) if (event.type === "step") break;
    expect((await imageOf(engine, params)).length).toBeGreaterThan(0);
  });

  it("throws the pipeline's own errors, with their fields", async () => {
    const run = collect(engine.generate({ ...params, width: 65 }));
    await expect(run).rejects.toThrow(InvalidInputError);
    await expect(run).rejects.toMatchObject({ code: "invalid_size", param: "width", retryable: false });
  });

  it("draws again where numbers overflowed, and says so, in place of giving a black image", async () => {
    const events = await collect(engine.generate({ ...params, latents: new Float32Array(16 * 64).fill(3e38) }));
    expect(events.filter(({ type }) => type === "warning")).toEqual([
      {
        type: "warning",
        warning: expect.objectContaining({
          message: expect.stringContaining("overflowed; it was drawn again from seed"),
        }),
      },
    ]);
    expect(events.at(-1)?.type).toBe("image");
  });
});

it("ends a running image when it is closed, and says that another try may succeed", async () => {
  const engine = await loadEngine({ modelDir, threads: 1 });
  const run = engine.generate({ ...params, steps: 100, width: 256, height: 256 });
  expect((await run.next()).value).toMatchObject({ type: "encoded" });
  const outcome = expect(collect(run)).rejects.toMatchObject({ code: "engine_closed", retryable: true });
  await engine.close();
  await outcome;
  await expect(collect(engine.generate(params))).rejects.toMatchObject({ code: "engine_closed" });
  await engine.close();
});

it("throws at loading what is wrong with the folder", async () => {
  const loading = loadEngine({ modelDir: "test/golden/turbo_square" });
  await expect(loading).rejects.toThrow(InvalidFileError);
  await expect(loading).rejects.toThrow(/model_index\.json.*download the whole repository/);
});

async function imageOf(engine: Engine, wanted: GenerateParams): Promise<Uint8Array> {
  const last = (await collect(engine.generate(wanted))).at(-1);
  if (last?.type !== "image") throw new Error("expected an image last");
  return last.image.bytes;
}

it("refuses an image that its classifier finds, draws the next, and begins though its first image is refused", async () => {
  const folder = mkdtempSync(join(tmpdir(), "classifier-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  // Everything is other, with this threshold.
  const refuse = [{ label: "other", threshold: 1e-9 }];
  const engine = await loadEngine({ modelDir, threads: 1, classifierPath: writeRedClassifier(folder, { refuse }) });
  try {
    await drawFirstImage(engine);
    for (const seed of [1, 2]) {
      const events: EngineEvent[] = [];
      const drawing = (async () => {
        for await (const event of engine.generate({ ...params, seed })) events.push(event);
      })();
      await expect(drawing).rejects.toMatchObject({ code: "content_policy", retryable: false });
      expect(events.map(({ type }) => type)).toEqual(["encoded", "step", "step", "step"]);
    }
  } finally {
    await engine.close();
  }
});
