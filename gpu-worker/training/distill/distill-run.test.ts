import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import smoke from "../../../test/training/smoke-distill.json" with { type: "json" };
import { readSafetensors } from "../../weights/formats/safetensors.ts";
import { readLoraSampling } from "../../weights/lora-sampling.ts";
import { readTrainConfig } from "../train-config.ts";
import { openTrainRun } from "../train-run.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "distill-run-"));
  await cp(here("../../../models/zimage-tiny/model"), join(folder, "guided"), { recursive: true });
  await writeFile(join(folder, "guided/generation_config.json"), '{"num_inference_steps":4,"guidance_scale":2}');
  await cp(join(folder, "guided"), join(folder, "plain"), { recursive: true });
  await writeFile(join(folder, "plain/generation_config.json"), '{"num_inference_steps":4,"guidance_scale":0}');
  return () => rm(folder, { recursive: true });
});

async function open(name: string, changes: object) {
  const path = join(folder, `${name}.json`);
  const data = { module: here("../../../test/training/shapes-data.ts") };
  await writeFile(path, JSON.stringify({ ...smoke, data, from: "guided", batchSize: 2, output: name, ...changes }));
  const told: string[] = [];
  const run = await openTrainRun(await readTrainConfig(path), (text) => told.push(text));
  onTestFinished(() => run.task.release());
  return { ...run, told };
}

const trains = { rank: 2, alpha: 4, targets: ["attention.to_q", "feed_forward.w1"] };

it("makes a LoRA that says how it is sampled, where only low-rank corrections are trained", async () => {
  const run = await open("lora", {
    student: { steps: 2, trains },
    fake: { updates: 1, warmup: 0, trains },
    paths: undefined,
    recompute: "blocks",
  });
  expect(run.told).toContainEqual(expect.stringMatching(/^memory: about 0\.\d+ GB in float32: /));
  const start = run.task.initialState();
  const names = [...start.tensors.keys()];
  expect(names.every((name) => /^(student|fake) .*\.(to_q|w1) (up|down)/.test(name))).toBe(true);
  const { state } = await run.task.step(start);
  const path = await run.write(state);
  const { tensors } = readSafetensors(path);
  expect([...tensors.keys()].some((name) => name.endsWith("feed_forward.w1.lora_B.weight"))).toBe(true);
  // Shift 3: 1 and ½ become 1 and 0.75.
  expect(readLoraSampling(path)).toEqual({ steps: 2, guidance: 0, sigmas: [1, 0.75] });
}, 120_000);

it("takes a fake of another form than the student", async () => {
  const run = await open("forms", { fake: { updates: 1, warmup: 0, trains }, paths: undefined });
  const { state } = await run.task.step(run.task.initialState());
  const names = [...state.tensors.keys()];
  expect(names).toContain("student layers.0.attention.to_q.weight");
  expect(names).toContain("fake layers.0.attention.to_q up");
}, 120_000);

describe("a reward", () => {
  const rewarded = (text: string) => writeFile(join(folder, "reward.ts"), text);
  const choices = { paths: undefined, fake: { updates: 1, warmup: 0 }, reward: { module: "./reward.ts", noises: 2 } };

  it("sees images where it wants them, of every change that is tried", async () => {
    await rewarded(`export default async () => ({
      wants: "image",
      score: async (items) => items.map(({ value: { data, width, height } }) => {
        if (data.length !== 3 * width * height) throw new Error("no image");
        return data.reduce((sum, level) => sum + level, 0) / data.length / 255;
      }),
    });`);
    const run = await open("reward", choices);
    const { metrics } = await run.task.step(run.task.initialState());
    expect(metrics.reward).toBeGreaterThan(0);
    expect(metrics.reward).toBeLessThan(1);
  }, 120_000);

  it("is refused by name when it is none", async () => {
    await writeFile(join(folder, "none.ts"), "export default async () => ({ wants: 'gradients' });");
    await expect(open("none", { ...choices, reward: { module: "./none.ts" } })).rejects.toThrow('wants "gradients"');
    await expect(open("lost", { ...choices, reward: { module: "./lost.ts" } })).rejects.toThrow("cannot be read");
  });
});

it("refuses guidance by a model that is sampled without, and copies it when told to", async () => {
  await expect(open("turbo", { from: "plain" })).rejects.toThrow("guidance: plain is sampled without guidance");
  const run = await open("copy", { from: "plain", guidance: 0 });
  expect(run.told.join()).toContain("its student copies it in fewer steps");
});

it("refuses targets that the model has not, by the field", async () => {
  const student = { steps: 2, trains: { rank: 2, alpha: 2, targets: ["attention.to_x"] } };
  await expect(open("target", { student })).rejects.toThrow("student.trains.targets: no linear layer");
});
