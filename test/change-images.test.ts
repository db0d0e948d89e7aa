import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { encodeSafetensors } from "../gpu-worker/weights/formats/write-safetensors.ts";
import { seededRandom } from "./support/seeded-random.ts";
import { StartProcess } from "./support/start-process.ts";

/** Every way of changing an image, from an HTTP request through queue and worker to the bytes that come back. */

const side = 128;
/** `[side, side, 3]`, row-major. */
type Pixels = Buffer;

let folder: string;
let pipeline: StartProcess;
let url: string;
let key: string;
let penguin: { readonly png: Buffer; readonly pixels: Pixels };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "change-images-"));
  mkdirSync(join(folder, "adapters/loras"), { recursive: true });
  for (const name of ["noise", ...namesOnCivitai]) {
    mkdirSync(dirname(join(folder, "adapters/loras", name)), { recursive: true });
    writeFileSync(join(folder, `adapters/loras/${name}.safetensors`), loraOfNoise());
  }
  pipeline = new StartProcess({ dataDir: join(folder, "data"), env: { ADAPTERS_DIR: join(folder, "adapters") } });
  ({ url, key } = await pipeline.ready());
  penguin = await draw({ prompt: "a penguin" });
});

afterAll(async () => {
  await pipeline?.end("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

interface LoraRequest {
  readonly prompt: string;
  readonly loras: readonly { readonly id: string }[];
}
const requests: LoraRequest[] = JSON.parse(
  readFileSync(join(import.meta.dirname, "cases/19-lora-ids/requests.json"), "utf8"),
);
const namesOnCivitai = requests.flatMap(({ loras }) => loras.map(({ id }) => id));

/** In the key style of diffusers, for the values of the first layer of the repository's own model. */
function loraOfNoise(): Uint8Array {
  const random = seededRandom(1);
  const matrix = (rows: number, columns: number) => ({
    dtype: "F32" as const,
    shape: [rows, columns],
    bytes: new Uint8Array(Float32Array.from({ length: rows * columns }, () => random() - 0.5).buffer),
  });
  return encodeSafetensors({
    "transformer.layers.0.attention.to_v.lora_A.weight": matrix(4, 192),
    "transformer.layers.0.attention.to_v.lora_B.weight": matrix(192, 4),
  });
}

async function submit(body: object): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const response = await fetch(`${url}/v1/jobs`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", prefer: "wait=50" },
    body: JSON.stringify({ width: side, height: side, seed: 7, ...body }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function draw(body: object): Promise<{ readonly png: Buffer; readonly pixels: Pixels; readonly width: number }> {
  const answer = await submit(body);
  expect(answer.body).toMatchObject({ status: "succeeded" });
  const [image] = answer.body.images as { url: string }[];
  const png = Buffer.from(await (await fetch(image!.url)).arrayBuffer());
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { png, pixels: data, width: info.width };
}

const dataUrl = (bytes: Buffer, type = "image/png") => `data:${type};base64,${bytes.toString("base64")}`;

/** Mean difference in levels of 255, over the columns `from` to `to` of both. */
function difference(a: Pixels, b: Pixels, from = 0, to = side): number {
  let sum = 0;
  for (let y = 0; y < side; y++)
    for (let at = 3 * (y * side + from); at < 3 * (y * side + to); at++) sum += Math.abs(a[at]! - b[at]!);
  return sum / (3 * side * (to - from));
}

it("starts from an image, and keeps the more of it the smaller the strength is", async () => {
  const image = dataUrl(penguin.png);
  // Two steps, the model's own number, leave strength little to choose from.
  const near = await draw({ prompt: "a fox", image, strength: 0.15, steps: 8 });
  const far = await draw({ prompt: "a fox", image, strength: 1, steps: 8 });
  expect(difference(near.pixels, penguin.pixels)).toBeGreaterThan(0);
  expect(difference(near.pixels, penguin.pixels)).toBeLessThan(0.8 * difference(far.pixels, penguin.pixels));
});

it("takes an uploaded JPEG as well as a data URL", async () => {
  const jpeg = await sharp(penguin.png).jpeg({ quality: 90 }).toBuffer();
  const form = new FormData();
  form.set("file", new Blob([jpeg], { type: "image/jpeg" }), "penguin.jpg");
  form.set("purpose", "vision");
  const headers = { authorization: `Bearer ${key}` };
  const uploaded = await fetch(`${url}/v1/files`, { method: "POST", headers, body: form });
  const { id } = (await uploaded.json()) as { id: string };
  const body = { prompt: "a fox", strength: 0.5 };
  const byId = await draw({ ...body, image: id });
  const byValue = await draw({ ...body, image: dataUrl(jpeg, "image/jpeg") });
  expect(byId.pixels.equals(byValue.pixels)).toBe(true);
});

it("draws anew what the mask marks, in both conventions, and leaves the rest", async () => {
  const half = { create: { width: side / 2, height: side, channels: 4 as const, background: "white" } };
  const white = await sharp({ create: { ...half.create, width: side, background: "black" } })
    .composite([{ input: await sharp(half).png().toBuffer(), left: 0, top: 0 }])
    .png()
    .toBuffer();
  const transparent = await sharp({ create: { ...half.create, width: side, background: "#0000" } })
    .composite([{ input: await sharp(half).png().toBuffer(), left: side / 2, top: 0 }])
    .png()
    .toBuffer();
  const body = { prompt: "a fox on a red background", image: dataUrl(penguin.png) };
  const drawn = await draw({ ...body, mask: dataUrl(white) });
  const other = await draw({ ...body, mask: dataUrl(transparent), mask_mode: "transparent" });
  expect(other.pixels.equals(drawn.pixels)).toBe(true);
  expect(difference(drawn.pixels, penguin.pixels, side / 2)).toBe(0);
  expect(difference(drawn.pixels, penguin.pixels, 0, side / 2)).toBeGreaterThan(1);
});

it("adds a LoRA by its id at the strength asked for, and names one that is not there", async () => {
  const prompt = "a penguin";
  const off = await draw({ prompt, loras: [{ id: "noise", scale: 0 }] });
  const on = await draw({ prompt, loras: [{ id: "noise", scale: 1 }] });
  expect(difference(off.pixels, penguin.pixels)).toBeLessThan(0.01);
  expect(difference(on.pixels, penguin.pixels)).toBeGreaterThan(1);
  const again = await draw({ prompt });
  expect(difference(again.pixels, penguin.pixels)).toBeLessThan(0.01);

  const unknown = await submit({ prompt, loras: [{ id: "gone" }] });
  expect(unknown).toMatchObject({ status: 400, body: { code: "adapter_not_found", param: "loras.0.id" } });
  expect(JSON.stringify(unknown.body)).toContain("noise");
  expect(JSON.stringify(unknown.body)).not.toContain(folder);
});

it("draws with LoRAs of any file name, and lists them", async () => {
  for (const request of requests) await draw(request);
  const response = await fetch(`${url}/v1/adapters`, { headers: { authorization: `Bearer ${key}` } });
  const { loras } = (await response.json()) as { loras: { id: string; rank: number; sha256: string }[] };
  expect(loras.map(({ id }) => id)).toEqual(["noise", ...namesOnCivitai].sort());
  expect(loras.every(({ rank, sha256 }) => rank === 4 && /^[0-9a-f]{64}$/.test(sha256))).toBe(true);
});

it("draws with a LoRA that the account brought as with the same file in the folder", async () => {
  const form = new FormData();
  form.set("file", new Blob([loraOfNoise() as Uint8Array<ArrayBuffer>]), "mine.safetensors");
  const headers = { authorization: `Bearer ${key}` };
  const added = await fetch(`${url}/v1/adapters`, { method: "POST", headers, body: form });
  const { id } = (await added.json()) as { id: string };
  const own = await draw({ prompt: "a penguin", loras: [{ id }] });
  const published = await draw({ prompt: "a penguin", loras: [{ id: "noise" }] });
  expect(own.pixels.equals(published.pixels)).toBe(true);
});

it("doubles the sides when asked", async () => {
  const { width } = await draw({ prompt: "a penguin", upscale: "lanczos" });
  expect(width).toBe(2 * side);
});

it.each([
  "png",
  "jpeg",
  "webp",
  "avif",
] as const)("refuses a %s that marks nothing before a job exists", async (format) => {
  const black = await sharp({ create: { width: side, height: side, channels: 3, background: "black" } })
    .toFormat(format)
    .toBuffer();
  const { status, body } = await submit({ prompt: "a fox", image: dataUrl(penguin.png), mask: dataUrl(black) });
  expect([status, body]).toMatchObject([400, { code: "invalid_image", param: "mask" }]);
  expect(JSON.stringify(body)).toContain("mask marks nothing to draw");
});

it("refuses what is no image before a job exists", async () => {
  const { status, body } = await submit({ prompt: "a fox", image: dataUrl(Buffer.from("no image")) });
  expect(status).toBe(400);
  expect(JSON.stringify(body)).toContain("PNG, JPEG, WebP or AVIF");
});
