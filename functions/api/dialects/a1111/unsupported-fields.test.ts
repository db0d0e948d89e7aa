import { expect, it } from "vitest";
import { base, turbo } from "../../../../test/support/api/api-under-test.ts";
import type { A1111Fields } from "./fields.ts";
import { problemsOf, warningsOf } from "./unsupported-fields.ts";

it.each<[string, A1111Fields]>([
  ["restore_faces", { restore_faces: 1 }],
  ["tiling", { tiling: true }],
  ["subseed_strength", { subseed_strength: 0.1 }],
  ["refiner_checkpoint", { refiner_checkpoint: "sd_xl_refiner" }],
  ["script_name", { script_name: "x/y/z plot" }],
  ["alwayson_scripts", { alwayson_scripts: { ControlNet: {} } }],
  ["hr_scale", { enable_hr: true, hr_scale: 1.5 }],
  ["hr_scale", { enable_hr: true, width: 64, height: 64, hr_resize_x: 128, hr_resize_y: 96 }],
])("refuses %s where it would make another image: %j", (param, fields) => {
  expect(problemsOf(fields)).toEqual([
    {
      param,
      code: "unsupported_capability",
      message: expect.stringMatching(`^${param.replace("alwayson_scripts", "always on script")} `),
    },
  ]);
});

it("takes the same fields when they are off", () => {
  const off = { restore_faces: false, tiling: 0, subseed_strength: 0, refiner_checkpoint: "None", script_name: "" };
  expect(problemsOf({ ...off, alwayson_scripts: {}, enable_hr: false, hr_scale: 1.5 })).toEqual([]);
});

it("takes a second pass at twice the sides, however it is said", () => {
  for (const doubled of [{}, { hr_scale: 2 }, { hr_scale: 1.5, hr_resize_x: 128, hr_resize_y: 192 }]) {
    expect(problemsOf({ enable_hr: true, width: 64, height: 96, ...doubled }), JSON.stringify(doubled)).toEqual([]);
  }
});

it("names at most five of many scripts", () => {
  const scripts = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`script ${i}`, {}]));
  expect(problemsOf({ alwayson_scripts: scripts })).toHaveLength(5);
});

it.each<[string, A1111Fields]>([
  ["sampler_name", { sampler_name: "DPM++ 2M" }],
  ["scheduler", { scheduler: "Karras" }],
  ["width", { width: 100, height: 64 }],
  ["styles", { styles: ["none", "cinematic"] }],
  ["inpainting_fill", { mask: "x", inpainting_fill: 0 }],
  ["inpaint_full_res", { mask: "x", inpaint_full_res: 1 }],
  ["mask_blur", { mask: "x", mask_blur: 4 }],
  ["resize_mode", { resize_mode: 2 }],
])("warns that %s has no effect: %j", (field, fields) => {
  expect(warningsOf(fields, base, "img2img")).toEqual([expect.stringMatching(`^${field} `)]);
});

it("warns of guidance only where the model has none", () => {
  expect(warningsOf({ cfg_scale: 7 }, turbo, "txt2img")).toEqual([expect.stringMatching("^cfg_scale .*z-image-turbo")]);
  expect(warningsOf({ cfg_scale: 1 }, turbo, "txt2img")).toEqual([]);
  expect(warningsOf({ cfg_scale: 7 }, base, "txt2img")).toEqual([]);
});

it("warns of the second pass and of masks only in the task that has them", () => {
  const fields = { enable_hr: true, denoising_strength: 0.7, mask: "x", mask_blur: 4, resize_mode: 0 };
  expect(warningsOf(fields, base, "txt2img")).toEqual([expect.stringMatching("^denoising_strength ")]);
  expect(warningsOf(fields, base, "img2img")).toEqual([
    expect.stringMatching("^mask_blur "),
    expect.stringMatching("^resize_mode "),
  ]);
});
