import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import sharp from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { run } from "../sdk/src/cli/commands/run.ts";
import { productPhotos } from "./support/catalogue/product-photos.ts";
import { StartProcess } from "./support/start-process.ts";

/** From a table and a folder of photos to finished files, by the command line, the service and the default model. */

const names = Object.keys(productPhotos) as (keyof typeof productPhotos)[];
const withoutCutOut = ["busy", "white_on_white"];

let folder: string;
let pipeline: StartProcess;
let env: { readonly [name: string]: string };
let api: (path: string) => Promise<Response>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "catalogue-photos-"));
  pipeline = new StartProcess({ dataDir: join(folder, "data") });
  const { url, key } = await pipeline.ready();
  env = { ZIMAGE_URL: url, ZIMAGE_API_KEY: key, ZIMAGE_CONFIG: join(folder, "none.json") };
  api = (path) => fetch(new URL(path, url), { headers: { authorization: `Bearer ${key}` } });
  mkdirSync(join(folder, "photos"));
  for (const name of names) writeFileSync(join(folder, "photos", `${name}.png`), await productPhotos[name]());
  const rows = names.map((name) => `P-${name},teapot ${name},${name}.png`);
  writeFileSync(join(folder, "catalogue.csv"), `sku,title,image\n${rows.join("\n")}\n`);
});

afterAll(async () => {
  await pipeline?.end("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

async function importRun(...options: string[]) {
  const printed = { stdout: "", stderr: "" };
  const output = (name: keyof typeof printed) => ({
    isTTY: false,
    columns: 100,
    write: (text: string) => (printed[name] += text),
  });
  const args = ["run", "import", join(folder, "catalogue.csv"), "--pictures", join(folder, "photos"), ...options];
  const code = await run(args, {
    stdin: Readable.from([""]),
    stdout: output("stdout"),
    stderr: output("stderr"),
    version: "0",
    env,
    signal: new AbortController().signal,
  });
  return { code, ...printed };
}

interface Line {
  readonly sku: string;
  readonly file: string | null;
  readonly job_id: string;
  readonly error_code: string | null;
  readonly cost_micro_units: number;
}

async function manifestOf(stdout: string): Promise<Line[]> {
  const { run: found } = JSON.parse(stdout.trim().split("\n").at(-1)!) as { readonly run: { readonly id: string } };
  const text = await (await api(`/v1/runs/${found.id}/manifest.jsonl`)).text();
  return text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
}

async function checksOf({ job_id: id }: Line) {
  const job = (await (await api(`/v1/jobs/${id}`)).json()) as {
    readonly images: readonly { readonly checks: object }[];
  };
  return job.images[0]!.checks as { readonly [name: string]: number | string | boolean };
}

it("puts products on pure white at 1600 pixels, and fails what cannot be cut out without charge", async () => {
  const out = join(folder, "white");
  const { code, stdout, stderr } = await importRun("--preset", "main_white", "-o", out, "--json");
  expect([code, stderr]).toEqual([3, expect.stringContaining("P-busy main")]);
  const lines = await manifestOf(stdout);
  expect(lines.map(({ sku }) => sku)).toEqual(names.map((name) => `P-${name}`));
  for (const line of lines) {
    if (withoutCutOut.includes(line.sku.slice(2))) {
      expect(line).toMatchObject({ file: null, error_code: "no_cutout", cost_micro_units: 0 });
      continue;
    }
    expect(line.file).toBe(`${line.sku}_main_1.jpg`);
    expect(line.cost_micro_units).toBeGreaterThan(0);
    const checks = await checksOf(line);
    expect(checks, line.sku).toMatchObject({ border_white_exact: 1, flat: false, fill: 0.88 });
    expect(checks.product_psnr, line.sku).toBeGreaterThanOrEqual(45);
    const { data, info } = await sharp(readFileSync(join(out, line.file!)))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.format]).toEqual([1600, 1600, "raw"]);
    // The corner, eight pixels in: white to the last bit.
    expect([...data.subarray(3 * (8 * 1600 + 8), 3 * (8 * 1600 + 8) + 3)]).toEqual([255, 255, 255]);
  }
  expect(readdirSync(out).filter((name) => name.endsWith(".jpg"))).toHaveLength(names.length - withoutCutOut.length);
  const again = await importRun("--preset", "main_white", "-o", out, "--json");
  expect(JSON.parse(again.stdout.trim().split("\n").at(-1)!)).toMatchObject({ run: { counts: { unchanged: 8 } } });
});

it("draws a scene around each product and gives back its own pixels", async () => {
  const shots = [
    {
      id: "scene",
      method: "keep_product",
      size: "256x256",
      prompt: "a {{title}} on a wooden table",
      product: { fill: 0.6, anchor: "bottom" },
      format: "png",
      steps: 2,
    },
  ];
  writeFileSync(join(folder, "shots.json"), JSON.stringify(shots));
  const out = join(folder, "scenes");
  const { code, stdout } = await importRun("--shots", join(folder, "shots.json"), "-o", out, "--json");
  expect(code).toBe(3);
  const drawn = (await manifestOf(stdout)).filter(({ file }) => file !== null);
  expect(drawn).toHaveLength(names.length - withoutCutOut.length);
  for (const line of drawn) {
    const checks = await checksOf(line);
    // PNG loses nothing: the product is the photo's, to the bit.
    expect(checks, line.sku).toMatchObject({ product_psnr: 100, fill: 0.6016 });
    expect(checks.border_white_exact as number).toBeLessThan(0.5);
  }
});
