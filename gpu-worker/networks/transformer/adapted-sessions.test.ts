import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { goldenConfig } from "../../../test/support/engine/golden-audit.ts";
import { goldenCheckpoint } from "../../../test/support/engine/golden-tensors.ts";
import { recordingRuntime } from "../../../test/support/engine/recording-runtime.ts";
import { float32Tensor } from "../../../test/support/engine/run-graph.ts";
import { base, folder, pair, target } from "../../../test/support/weights/lora-file.ts";
import type { ControlNetConfig } from "../../graph/architectures/control-net-config.ts";
import { transformerConfig } from "../../graph/architectures/z-image-config.ts";
import { linear } from "../../graph/ops/linear.ts";
import { encodeSafetensors, type TensorToWrite } from "../../weights/formats/write-safetensors.ts";
import { AdaptedSessions } from "./adapted-sessions.ts";

const config = goldenConfig("tiny-turbo/transformer", transformerConfig);
let files = 0;
function loraFile(tensors: Readonly<Record<string, TensorToWrite>>): string {
  const path = join(folder, `lora-${files++}.safetensors`);
  writeFileSync(path, encodeSafetensors(tensors));
  return path;
}
const [first, second] = [loraFile(pair(target)), loraFile(pair(target))];
const lokr = loraFile({
  [`${target}.lokr_w1`]: float32Tensor([1, 1], [1]),
  [`${target}.lokr_w2`]: float32Tensor([3, 2], [1, 2, 3, 4, 5, 6]),
});

/** A network of one linear layer, on a runtime that counts. */
function open() {
  const runtime = recordingRuntime(() => ({}));
  const built: { readonly variant: "a" | "b"; readonly controlNet: ControlNetConfig | undefined }[] = [];
  const sessions = new AdaptedSessions<"a" | "b">({
    runtime,
    config,
    checkpoint: base,
    build(g, variant, controlNet) {
      built.push({ variant, controlNet });
      g.output("y", linear(g, g.input("x", "float32", ["B", 2]), target, 3));
    },
  });
  /** Values of the LoRAs that a run brings along, by the ends of their inputs' names. */
  const run = async (variant: "a" | "b" = "a") => {
    await sessions.run(variant, {});
    const feeds = Object.entries(runtime.runs.at(-1)!);
    return Object.fromEntries(feeds.map(([name, { data }]) => [name.split(" ").at(-1), [...data].map(Number)]));
  };
  return { sessions, runtime, built, run };
}

it("opens a session per variant, once", async () => {
  const { sessions, built, run, runtime } = open();
  await sessions.load("a");
  await run("a");
  await run("b");
  await run("a");
  expect(built.map(({ variant }) => variant)).toEqual(["a", "b"]);
  expect(runtime.open).toBe(2);
  await sessions.release();
  expect(runtime.open).toBe(0);
});

it("makes the session once more for the first LoRA and for the first LoKr, and not for others", async () => {
  const { sessions, built, run, runtime } = open();
  expect(await run()).toEqual({});
  await sessions.adapt({ loras: [{ path: first, scale: 0.5 }] });
  expect(runtime.open).toBe(0); // before there would be a second copy of the weights
  const { up, down } = await run();
  expect([down, up]).toEqual([new Array(8).fill(1), new Array(12).fill(0.5)]);
  for (const loras of [[{ path: second }], [{ path: first }, { path: second }], []]) {
    await sessions.adapt({ loras });
    await run();
  }
  expect(built).toHaveLength(2);
  expect((await run()).up).toEqual([0, 0, 0]); // a place that is not used
  await sessions.adapt({ loras: [{ path: lokr }] });
  await run();
  await sessions.adapt({ loras: [] });
  await run();
  expect(built).toHaveLength(3);
  expect(runtime.open).toBe(1);
  await sessions.release();
});

it("reads a file again when another one lies under its name", async () => {
  const { sessions, run } = open();
  const path = loraFile(pair(target));
  await sessions.adapt({ loras: [{ path }] });
  expect((await run()).up![0]).toBe(1);
  writeFileSync(path, encodeSafetensors({ ...pair(target), [`${target}.alpha`]: float32Tensor([], [8]) }));
  utimesSync(path, 1, 1);
  await sessions.adapt({ loras: [{ path }] });
  expect((await run()).up![0]).toBe(2); // alpha over rank
  await sessions.release();
});

it("keeps what is in force when a file does not fit", async () => {
  const { sessions, built, run } = open();
  await sessions.adapt({ loras: [{ path: first }] });
  await run();
  const bad = loraFile(pair("transformer.blocks.0.to_q"));
  await expect(sessions.adapt({ loras: [{ path: bad }] })).rejects.toThrow("none of its 2 tensors is for");
  expect((await run()).up![0]).toBe(1);
  expect(built).toHaveLength(1);
  await sessions.release();
});

it("builds a ControlNet in, opens its file once, and makes the session again without it", async () => {
  const { sessions, built, run } = open();
  const controlNet = goldenCheckpoint("tiny-controlnet-1.0");
  await run();
  await sessions.adapt({ loras: [], controlNet });
  await run();
  expect(sessions.controlNet?.dim).toBe(config.dim);
  await sessions.adapt({ loras: [], controlNet });
  await run();
  expect(built.map((each) => each.controlNet !== undefined)).toEqual([false, true]);
  await sessions.adapt({ loras: [] });
  await run();
  expect(built.map((each) => each.controlNet !== undefined)).toEqual([false, true, false]);
  expect(sessions.controlNet).toBeUndefined();
  await sessions.release();
});

it("names what of the files is left out", async () => {
  const { sessions } = open();
  const partly = loraFile({ ...pair(target), "something.else": float32Tensor([1], [1]) });
  expect(await sessions.adapt({ loras: [{ path: first }, { path: partly }] })).toEqual([
    expect.objectContaining({
      message: expect.stringContaining("1 tensor is left out, for something that is not known"),
    }),
  ]);
});
