import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import type { JobImage } from "../api.ts";
import { pathFor } from "./image-files.ts";
import { printable } from "./terminal.ts";

const image = { index: 0, format: "png" } as JobImage;

it("names files in a folder after job and index", async () => {
  expect(await pathFor(tmpdir(), "job_01ABC", image, 1)).toBe(join(tmpdir(), "job_01ABC-0.png"));
});

it.each([
  ["../../etc/passwd", image],
  ["..", image],
  ["a/b", image],
  ["a\\b", image],
  ["", image],
  ["job_1", { ...image, index: "../x" }],
  ["job_1", { ...image, format: "../../x" }],
  ["job_1", { ...image, format: "constructor" }],
])("writes nothing for job %j and image %j", async (jobId, described) => {
  await expect(pathFor(`${tmpdir()}/`, jobId, described as JobImage, 1)).rejects.toThrow("nothing was written");
});

it.each([
  ["shop", "shop"],
  ["красный 红色 🍎", "красный 红色 🍎"],
  ["a\u001b[2Jb", "a\\u001b[2Jb"],
  ["a\nKEY  live", "a\\u000aKEY  live"],
  ["a\u009bb\u202eb", "a\\u009bb\\u202eb"],
])("prints %j as %j", (text, shown) => {
  expect(printable(text)).toBe(shown);
});
