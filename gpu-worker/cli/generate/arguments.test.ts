import { expect, it } from "vitest";
import { parseGenerateArguments } from "./arguments.ts";

const needed = ["--prompt", "a cat", "--out", "cat.png"];

it("needs only a prompt and a file", () => {
  expect(parseGenerateArguments(needed)).toEqual({
    modelDir: expect.stringMatching(/zimage-tiny.model$/),
    fields: { prompt: "a cat", cfg_normalization: false, cfg_truncation: 1 },
    out: "cat.png",
    format: "png",
    n: 1,
    loras: [],
    references: [],
  });
});

it("takes every option", () => {
  const options =
    "--model m --negative bad --width 512 --height 768 --steps 20 --guidance 3.5 --cfg-normalization --cfg-truncation 0.5";
  const more = "--seed 7 --n 3 --format webp --quality 80 --threads 2 --lora a.safetensors --lora b:c.safetensors:0.5";
  const images =
    "--image p.png --mask k.png --mask-mode transparent --mask-blend hard --strength 0.4 --controlnet c --control-image e.png --control-scale 0.5 --control-end 0.8 --control-preprocess canny --reference r.png --upscale refine";
  const all = [options, more, images].flatMap((text) => text.split(" "));
  expect(parseGenerateArguments([...needed, ...all])).toEqual({
    image: "p.png",
    mask: "k.png",
    controlNet: { path: "c", image: "e.png", scale: 0.5, end: 0.8, preprocess: "canny" },
    references: ["r.png"],
    modelDir: "m",
    fields: {
      prompt: "a cat",
      negative_prompt: "bad",
      steps: 20,
      guidance: 3.5,
      seed: 7,
      cfg_normalization: true,
      cfg_truncation: 0.5,
      mask_mode: "transparent",
      strength: 0.4,
      upscale: "refine",
      mask_blend: "hard",
    },
    width: 512,
    height: 768,
    n: 3,
    format: "webp",
    quality: 80,
    threads: 2,
    loras: [{ path: "a.safetensors" }, { path: "b:c.safetensors", scale: 0.5 }],
    out: "cat.png",
  });
});

it.each([
  ["cat.PNG", "png"],
  ["a/cat.jpg", "jpeg"],
  ["cat.jpeg", "jpeg"],
  ["cat.webp", "webp"],
  ["cat.avif", "avif"],
])("knows the format of %s", (out, format) => {
  expect(parseGenerateArguments(["--prompt", "a", "--out", out])).toMatchObject({ format });
});

it.each([
  [["--prompt", "a"], "--out is missing"],
  [["--out", "a.png"], "--prompt is missing"],
  [["--prompt", "a", "--out", "cat"], "--out must end in"],
  [[...needed, "--width", "1000"], "--width must be a multiple of 16, got 1000; try 992 or 1008"],
  [[...needed, "--height", "4096"], '--height must be a whole number from 64 to 2048, got "4096"'],
  [[...needed, "--sigmas", "1,0.5,0.5"], "--sigmas must fall from each to the next"],
  [[...needed, "--sigmas", "1,,0.5"], '--sigmas must be a list, got "1,,0.5"'],
  [[...needed, "--sigmas", "1,0.5", "--steps", "3"], "both say how many steps there are: 3 and 2"],
  [[...needed, "--steps", "0"], "--steps must be at least 1, got 0"],
  [[...needed, "--steps", "2.5"], "--steps must be a whole number, got 2.5"],
  [[...needed, "--steps", ""], '--steps must be a number, got ""'],
  [[...needed, "--guidance", "x"], '--guidance must be a number, got "x"'],
  [[...needed, "--seed", "18446744073709551616"], "--seed must be"],
  [[...needed, "--size", "128"], "--size must be WIDTHxHEIGHT"],
  [[...needed, "--size", "100x64"], "--size: width must be a multiple of 16"],
  [[...needed, "--size", "64x64", "--width", "64"], "give --size, or"],
  [[...needed, "--format", "gif"], "--format must be png, jpeg, webp or avif, got gif"],
  [[...needed, "--lora", ":2"], "--lora must be FILE or FILE:SCALE, got :2"],
  [[...needed, "--lora", "a:11"], "--lora: the scale must be a number from -10 to 10, got 11"],
  [[...needed, "--latents", "a.safetensors", "--n", "2"], "--latents starts one image"],
  [[...needed, "--mask", "m.png"], "--mask needs --image"],
  [[...needed, "--image", "a.png", "--strength", "0"], "--strength must be above 0"],
  [[...needed, "--controlnet", "c"], "--controlnet and --control-image need each other"],
  [
    [...needed, "--controlnet", "c", "--control-image", "e", "--control-start", "0.5", "--control-end", "0.5"],
    "--control-start must be below --control-end, got 0.5 and 0.5",
  ],
  [
    [...needed, "--controlnet", "c", "--control-image", "e", "--control-preprocess", "pose"],
    "--control-preprocess must be one of none, canny, got pose",
  ],
  [[...needed, "--upscale", "4x"], '--upscale must be one of none, lanczos, refine, got "4x"'],
  [[...needed, "--what"], "Unknown option"],
  [[...needed, "stray"], "Unexpected argument"],
])("refuses %j", (args, message) => {
  expect(() => parseGenerateArguments(args)).toThrow(message);
});

it("reads noise levels", () => {
  expect(parseGenerateArguments([...needed, "--sigmas", "1,0.9, .75"])).toMatchObject({
    fields: { sigmas: [1, 0.9, 0.75] },
  });
});

it("gives help before anything else", () => {
  expect(parseGenerateArguments(["--help"])).toBe("help");
});

it("takes a size in one, a random seed, and a seed of 64 bits", () => {
  const parsed = (...args: string[]) => parseGenerateArguments([...needed, ...args]);
  expect(parsed("--size", "128x96")).toMatchObject({ width: 128, height: 96 });
  expect(parsed("--seed", "-1")).toMatchObject({ fields: { seed: -1 } });
  expect(parsed("--seed", "18446744073709551615")).toMatchObject({ fields: { seed: 2 ** 53 - 1 } });
});
