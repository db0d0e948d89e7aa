import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, expect, it } from "vitest";
import { runtime } from "../../test/support/engine/run-graph.ts";
import { openWatermark } from "../watermark/watermark.ts";
import { watermarkPayload } from "../watermark/watermark-payload.ts";

const folder = mkdtempSync(join(tmpdir(), "watermark-"));
afterAll(() => rmSync(folder, { recursive: true }));
const entry = fileURLToPath(new URL("./watermark.ts", import.meta.url));

function watermark(...args: string[]) {
  const { WATERMARK: _, WATERMARK_NAME: __, ...env } = process.env;
  const command = ["--disable-warning=ExperimentalWarning", entry, ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: "utf8", env });
  return { status, stdout, stderr };
}

it("makes a pair, and tells by it what was drawn here and for which job", { timeout: 120_000 }, async () => {
  const path = join(folder, "watermark.json");
  const trained = watermark("--train", folder, "--seed", "5");
  expect([trained.status, trained.stdout]).toEqual([0, `${path} written; set WATERMARK to it\n`]);

  const size = { width: 512, height: 512 };
  const data = new Uint8Array(3 * 512 * 512).map((_, i) => 90 + (i % 40));
  const mark = (await openWatermark(path, runtime))!;
  const marked = await mark.embed({ data, ...size }, watermarkPayload({ deployment: "shop", job: "job_1" }));
  const [ours, plain] = [join(folder, "ours.jpg"), join(folder, "plain.png")];
  await sharp(marked.data, { raw: { ...size, channels: 3 } })
    .jpeg({ quality: 70 })
    .toFile(ours);
  await sharp(data, { raw: { ...size, channels: 3 } })
    .png()
    .toFile(plain);

  const both = watermark(ours, plain, "--watermark", path, "--name", "shop", "--job", "job_1");
  expect([both.status, both.stdout]).toEqual([1, `${ours}: made here, for job_1\n${plain}: no watermark found\n`]);
  expect(watermark(ours, "--watermark", path, "--name", "shop")).toMatchObject({ status: 0 });
  expect(watermark(ours, "--watermark", path, "--name", "shop", "--job", "job_2").stdout).toContain("another job");
  expect(watermark(ours, "--watermark", path).stdout).toContain("another deployment");
});

it.each([
  [[], /no file is named/],
  [["x.png"], /--watermark must be the path/],
  [["x.png", "--watermark", "none.json"], /none\.json: there is no such file/],
  [["--train", "x", "--seed", "-1"], /--seed/],
  [["--strength", "2"], /strength/],
])("answers %j with 2 and what is wrong", (args, message) => {
  const { status, stderr } = watermark(...args);
  expect([status, stderr]).toEqual([2, expect.stringMatching(message)]);
});
