import { readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { withPngText } from "../../../../shared/image-files/png-text.ts";
import { api, documents, folder, lines, serveCli, small, zimage } from "../../../../test/support/api/cli-under-test.ts";

serveCli();

async function sizeOf(path: string) {
  const { width, height, format } = await sharp(path).metadata();
  return [width, height, format];
}

describe("gen", () => {
  it("makes a file, in the format that its name asks for", async () => {
    const out = join(folder, "cup.webp");
    expect(await zimage(["gen", ...small, "-o", out])).toMatchObject({ code: 0, stdout: `${out}\n` });
    expect(await sizeOf(out)).toEqual([128, 64, "webp"]);
    const [job] = await api.allJobs();
    expect(job?.params).toMatchObject({ prompt: "a red cup", steps: 2, seed: 5 });
    expect(readdirSync(folder)).toEqual(["cup.webp"]);
  });

  it("takes a random seed and one of 64 bits, and refuses what is none", async () => {
    const draw = (seed: string) =>
      zimage(["gen", "a cup", "--size", "64x64", "--steps", "1", "--seed", seed, "-o", folder]);
    expect(await draw("-1")).toMatchObject({ code: 0 });
    expect(await draw("18446744073709551615")).toMatchObject({ code: 0 });
    expect((await api.allJobs())[0]?.params.seed).toBe(2 ** 53 - 1);
    expect(await draw("-2")).toMatchObject({ code: 2, stderr: expect.stringContaining("--seed must be") });
  });

  it("numbers several, and names those in a folder after their job", async () => {
    const { stdout } = await zimage(["gen", ...small, "-n", "2", "-o", join(folder, "cup.png")]);
    expect(lines(stdout)).toEqual([join(folder, "cup-0.png"), join(folder, "cup-1.png")]);
    const { stdout: inFolder } = await zimage(["gen", ...small, "-f", "jpeg", "-o", folder]);
    expect(inFolder).toBe(`${join(folder, `${(await api.allJobs())[0]?.id}-0.jpg`)}\n`);
  });

  it("reads the prompt from standard input and sends images of this machine", async () => {
    const image = join(folder, "in.png");
    await sharp({ create: { width: 64, height: 64, channels: 3, background: "red" } }).toFile(image);
    const args = [
      "gen",
      "-",
      "-s",
      "64x64",
      "--image",
      image,
      "--strength",
      "0.5",
      "--lora",
      "clay:0.7",
      "--metadata",
      "shop=a=b",
    ];
    expect((await zimage([...args, "-o", `${folder}/`], { stdin: "画一个杯子\n" })).code).toBe(0);
    expect((await api.allJobs())[0]).toMatchObject({
      params: {
        prompt: "画一个杯子",
        strength: 0.5,
        imageKey: expect.any(String),
        loras: [{ id: "clay", scale: 0.7 }],
      },
      metadata: { shop: "a=b" },
    });
  });

  it("tells the price without drawing", async () => {
    expect((await zimage(["gen", ...small, "--quote"])).stdout).toMatch(/^0\.\d+ [A-Z]{3}\n$/);
    expect(await api.allJobs()).toEqual([]);
  });

  it("prints lines of JSON alone with --json", async () => {
    const { stdout, stderr, code } = await zimage(["gen", ...small, "-o", `${folder}/`, "--json"], { isTTY: true });
    const types = documents(stdout).map(({ type }) => type);
    expect(types).toEqual(["queued", "started", "step", "step", "image", "saved", "job"]);
    expect([code, stderr]).toEqual([0, ""]);
  });

  it("shows its progress on a terminal, and not with --quiet", async () => {
    const { stderr } = await zimage(["gen", ...small, "-o", `${folder}/`], { isTTY: true });
    expect(stderr).toContain("[############............] step 1 of 2");
    expect(stderr.endsWith("\r\x1b[K")).toBe(true);
    expect((await zimage(["gen", ...small, "-o", `${folder}/`, "-q"], { isTTY: true })).stderr).toBe("");
  });

  it("cancels the job on Ctrl-C", async () => {
    const interrupted = new AbortController();
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    api.beforeDrawing(async () => {
      interrupted.abort();
      await over;
    });
    const running = zimage(["gen", ...small, "-o", `${folder}/`], { signal: interrupted.signal });
    expect(await running).toMatchObject({ code: 130, stdout: "", stderr: expect.stringContaining("cancelled job_") });
    expect((await api.allJobs())[0]?.cancelRequestedAt).toBeDefined();
    end();
    expect(readdirSync(folder)).toEqual([]);
  });
});

it("leaves nothing at the service with --no-store", async () => {
  expect(await zimage(["gen", ...small, "--no-store", "-o", `${folder}/`])).toMatchObject({ code: 0 });
  expect(readdirSync(folder)).toHaveLength(1);
  expect(await api.allJobs()).toEqual([]);
});

it("draws an image again from its file, with what is given changed", async () => {
  const path = join(folder, "drawn.png");
  const png = await sharp({ create: { width: 8, height: 8, channels: 3, background: "red" } })
    .png()
    .toBuffer();
  const drawn = { prompt: "a red cup", seed: 7, steps: 3, size: "128x64" };
  await writeFile(path, withPngText(png, "zimage", JSON.stringify(drawn)));
  expect(await zimage(["gen", "--from", path, "--seed", "8", "--no-parameters", "-o", folder])).toMatchObject({
    code: 0,
  });
  expect((await api.allJobs())[0]?.params).toMatchObject({
    prompt: "a red cup",
    seed: 8,
    steps: 3,
    width: 128,
    parametersInFile: false,
  });
  expect(await zimage(["gen", "--from", path, "--quote"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--quote and --from"),
  });
});
