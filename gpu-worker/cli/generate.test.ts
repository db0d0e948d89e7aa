import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { expect, it, onTestFinished } from "vitest";
import { readSafetensors, readTensorBytes } from "../weights/formats/safetensors.ts";

const tensorsOf = (golden: string) => `test/golden/${golden}/tensors.safetensors`;
const goldenTensors = tensorsOf("turbo_square");
const lora = "test/golden/checkpoints/lora-turbo/diffusers.safetensors";

it.each([
  ["turbo_square", []],
  ["lora_square", ["--lora", `${lora}:0.8`]],
])("draws the reference's image of %s from its latents, each level within 1", async (golden, options) => {
  const dir = await temporaryFolder();
  const out = join(dir, "a.png");
  const { inputs } = JSON.parse(await readFile(`test/golden/${golden}/manifest.json`, "utf8"));
  const { prompt, width, height, num_inference_steps: steps } = inputs;
  const size = ["--width", `${width}`, "--height", `${height}`, "--steps", `${steps}`];
  const from = ["--latents", tensorsOf(golden), ...options];
  const { code, stdout } = await generate("--prompt", prompt, ...size, ...from, "--out", out);
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${out}\n` });
  const { data, info } = await sharp(out).raw().toBuffer({ resolveWithObject: true });
  expect(info).toMatchObject({ width, height, channels: 3 });
  const expected = readTensorBytes(readSafetensors(tensorsOf(golden)).tensors.get("image_u8")!);
  expect(expected.length).toBe(data.length);
  let worst = 0;
  expected.forEach((level, i) => {
    worst = Math.max(worst, Math.abs(level - data[i]!));
  });
  expect(worst).toBeLessThanOrEqual(1);
});

it("writes n images, the same ones for the same seed, and says what it does in plain lines", async () => {
  const dir = await temporaryFolder();
  const common = ["--prompt", "一只猫 and a dog", "--width", "128", "--height", "64", "--steps", "2"];
  const { code, stderr } = await generate(...common, "--seed", "5", "--n", "2", "--out", join(dir, "a.png"));
  expect(code).toBe(0);
  expect(stderr.split("\n").slice(0, 4)).toEqual([
    "tiny-turbo has random weights: the image will be noise",
    "the model is made for 8 steps; with 2 images are worse or merely slower",
    "tiny-turbo, 128×64, 2 steps, seed 5",
    expect.stringMatching(/^1\/2 {2}step 1\/2 {2}\d+\.\d s left$/),
  ]);
  await generate(...common, "--seed", "6", "--out", join(dir, "b.png"));
  expect(await readdir(dir)).toEqual(["a-1.png", "a-2.png", "b.png"]);
  expect(await readFile(join(dir, "a-2.png"))).toEqual(await readFile(join(dir, "b.png")));
  expect(await readFile(join(dir, "a-1.png"))).not.toEqual(await readFile(join(dir, "b.png")));
});

it.each(["--lora", "--image"])("says before it loads a model that the file of %s is not there", async (option) => {
  const dir = await temporaryFolder();
  const { code, stderr } = await generate("--prompt", "x", option, join(dir, "gone"), "--out", join(dir, "a.png"));
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `${option}: ${join(dir, "gone")} cannot be read; is it there?\n`,
  });
});

it.each([
  [
    "18-mask-draws-nothing/ratio.png",
    "--mask must have the proportions of the image that it is for, 128×128; got 128×100",
  ],
  ["18-mask-draws-nothing/black.png", "--mask marks nothing to draw"],
])("refuses the mask %s as the API does, before it loads a model", async (mask, message) => {
  const dir = await temporaryFolder();
  const image = ["--image", "test/cases/17-inpaint-kept/base.png", "--mask", `test/cases/${mask}`];
  const { code, stderr } = await generate("--prompt", "a", ...image, "--model", "none", "--out", join(dir, "a.png"));
  expect(code).toBe(1);
  expect(stderr).toContain(message);
});

it("prints the seed it chose", async () => {
  const dir = await temporaryFolder();
  const { stderr } = await generate(
    "--prompt",
    "a",
    "--steps",
    "1",
    "--width",
    "64",
    "--height",
    "64",
    "--out",
    join(dir, "a.webp"),
  );
  expect(stderr).toMatch(/, seed \d+\n/);
  expect((await sharp(join(dir, "a.webp")).metadata()).format).toBe("webp");
});

it("uses guidance and a negative prompt with a Base checkpoint", async () => {
  const dir = await temporaryFolder();
  const base = [
    "--model",
    "test/golden/checkpoints/tiny-base",
    "--prompt",
    "a",
    "--seed",
    "1",
    "--steps",
    "2",
    "--width",
    "64",
    "--height",
    "64",
  ];
  const { stderr } = await generate(...base, "--negative", "blurry", "--out", join(dir, "a.png"));
  expect(stderr).toContain("tiny-base, 64×64, 2 steps, guidance 4, seed 1");
  await generate(...base, "--negative", "dark", "--out", join(dir, "b.png"));
  expect(await readFile(join(dir, "a.png"))).not.toEqual(await readFile(join(dir, "b.png")));
});

it("stops on Ctrl-C after the running step and leaves no file", async () => {
  const dir = await temporaryFolder();
  const args = ["--prompt", "a", "--steps", "100", "--width", "512", "--height", "512", "--out", join(dir, "a.png")];
  const { code, stderr } = await generateUntil(/step 2\/100/, ...args);
  expect(code).toBe(1);
  expect(stderr).toContain("stopped; no file was written");
  expect(await readdir(dir)).toEqual([]);
});

it.each([
  [["--help"], 0, "Usage: npm run generate"],
  [["--prompt", "a"], 2, "--out is missing"],
  [["--prompt", "a", "--out", "no/such/folder/a.png"], 1, "there is no folder"],
  [["--prompt", "a", "--out", "a.png", "--model", "docs"], 1, "download the whole repository"],
  [["--prompt", "a", "--out", "a.png", "--latents", `${goldenTensors}:nothing`], 1, "expected a tensor nothing"],
  [["--prompt", "a", "--out", "a.png", "--latents", goldenTensors], 1, "latents for 256×256 must be 16384 float32"],
])("%j exits %d", async (args, expectedCode, message) => {
  const { code, stdout, stderr } = await generate(...args);
  expect(stdout + stderr).toContain(message);
  expect(code).toBe(expectedCode);
});

it("leaves an existing file as it is when drawing fails", async () => {
  const dir = await temporaryFolder();
  await writeFile(join(dir, "a.png"), "old");
  const { code } = await generate("--prompt", "a", "--latents", goldenTensors, "--out", join(dir, "a.png"));
  expect(code).toBe(1);
  expect(await readFile(join(dir, "a.png"), "utf8")).toBe("old");
  expect(await readdir(dir)).toEqual(["a.png"]);
});

async function temporaryFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "generate-"));
  onTestFinished(() => rm(dir, { recursive: true }));
  return dir;
}

const generate = (...args: string[]) => generateUntil(undefined, ...args);

/** Sends SIGINT once the progress says `interruptAt`. */
/** Small and random, so that images are compared with the reference's. A later `--model` wins. */
const model = ["--model", "test/golden/checkpoints/tiny-turbo"];

function generateUntil(
  interruptAt: RegExp | undefined,
  ...args: string[]
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [
    "--disable-warning=ExperimentalWarning",
    "gpu-worker/cli/generate.ts",
    ...model,
    ...args,
  ]);
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    if (interruptAt?.test(stderr)) {
      interruptAt = undefined;
      child.kill("SIGINT");
      child.kill("SIGINT"); // as npm does
    }
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject).on("close", (code) => resolve({ code, stdout, stderr }));
  });
}
