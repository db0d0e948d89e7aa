import { createHash } from "node:crypto";
import sharp from "sharp";
import { afterEach, beforeEach, expect, it } from "vitest";
import { withPngText } from "../../../shared/image-files/png-text.ts";
import type { Item } from "../../../shared/ports/items.ts";
import type { Credentials } from "../../../shared/provenance/credentials.ts";
import { lookIndexWrites } from "../../../shared/provenance/look-index.ts";
import type { PerceptualHash } from "../../../shared/provenance/perceptual-hash.ts";
import { watermarkIndexWrites, watermarkOfJob } from "../../../shared/provenance/watermark-index.ts";
import { type ApiUnderTest, openApi, readProblem, submitJob } from "../../../test/support/api/api-under-test.ts";
import type { Verification } from "./verify-responses.ts";

let api: ApiUnderTest;
let credentials: Credentials | undefined;
let look: PerceptualHash | undefined;
let mark: number | undefined;
beforeEach(async () => {
  credentials = undefined;
  look = undefined;
  mark = undefined;
  api = await openApi({
    readCredentials: async () => credentials,
    lookOf: async () => look,
    markOf: async () => mark,
  });
  api.worker.start();
});
afterEach(() => api.close());

const drawnAt = Date.UTC(2026, 11, 1);

/** A job that was drawn, and its file as it was delivered. */
async function drawn() {
  const { job } = await submitJob(api, { steps: 1 }, { prefer: "wait=30" });
  const [image] = (await api.jobs.get(job.id))!.images;
  return { job, bytes: (await api.objects.get(image!.key))!.body, sha256: image!.sha256 };
}

async function strangersKey() {
  const { id } = await api.apiKeys.createAccount("second", { unlimited: true });
  const { value } = await api.apiKeys.createKey(id, { scopes: ["images:verify"] });
  return { authorization: `Bearer ${value}` };
}

function withFile(bytes: Uint8Array) {
  const form = new FormData();
  form.append("file", new Blob([new Uint8Array(bytes)]), "image.png");
  return form;
}

async function verify(bytes: Uint8Array, headers: { [name: string]: string } = {}): Promise<Verification> {
  const response = await api.app.request("/v1/verify", {
    method: "POST",
    body: withFile(bytes),
    headers: { authorization: `Bearer ${api.key}`, ...headers },
  });
  expect(response.status).toBe(200);
  return (await response.json()) as Verification;
}

it("tells the owner of a delivered file its job, and others only that it was made here", async () => {
  const { job, bytes, sha256 } = await drawn();
  const made = { object: "verification", made_here: true, match: "bytes", unchanged: true, sha256 };
  const image = { job: job.id, index: 0, model: "z-image-turbo", created_at: expect.stringMatching(/^2.*Z$/) };
  expect(await verify(bytes)).toMatchObject({ ...made, image });
  expect(await verify(bytes, await strangersKey())).toMatchObject({ ...made, image: null });
  const byDigest = await api.request("GET", `/v1/verify?sha256=${sha256.toUpperCase()}`);
  expect(await byDigest.json()).toMatchObject({ ...made, image, credentials: { state: "not_read" } });
});

it("takes the file as a data URL too", async () => {
  const { bytes } = await drawn();
  const image = `data:image/png;base64,${Buffer.from(bytes).toString("base64")}`;
  const response = await api.request("POST", "/v1/verify", { image });
  expect(await response.json()).toMatchObject({ made_here: true, match: "bytes" });
});

it("does not know a stranger's image", async () => {
  await drawn();
  const bytes = await sharp({ create: { width: 8, height: 8, channels: 3, background: "red" } })
    .png()
    .toBuffer();
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  expect(await verify(bytes)).toEqual({
    object: "verification",
    made_here: false,
    match: null,
    differing_bits: null,
    unchanged: null,
    sha256,
    credentials: { state: "none", signed_here: false, manifest: null, generator: null },
    image: null,
  });
});

/** Records what the first image of a job looks like. */
async function looksLike(jobId: string, hash: string) {
  const image = {
    index: 0,
    key: "o/x",
    width: 64,
    height: 64,
    format: "png",
    bytes: 1,
    sha256: "00",
    seed: 1,
  } as const;
  const proof = { look: hash.padEnd(64, "0") };
  const record = { ...(await api.jobs.get(jobId))!, images: [{ ...image, proof }] };
  await api.items.write(lookIndexWrites(record, drawnAt, drawnAt));
}

it("does not believe a signature of ours that was put into another picture", async () => {
  const { job } = await drawn();
  await looksLike(job.id, "abcde");
  const other = await sharp({ create: { width: 8, height: 8, channels: 3, background: "green" } })
    .png()
    .toBuffer();
  const image = { job: job.id, index: 0, model: "z-image-turbo", at: drawnAt };
  credentials = { manifest: "urn:c2pa:1", state: "changed", signedHere: true, image };
  const unknown = { made_here: false, match: null, unchanged: null, image: null };
  const told = { credentials: { state: "changed", signed_here: true } };
  look = { hash: "f".repeat(64), buckets: ["fffff"] };
  expect(await verify(other)).toMatchObject({ ...unknown, ...told });
  // It looks like another image of ours: that one is named, and not the one of the manifest.
  const second = (await submitJob(api, { steps: 1, seed: 7 }, { prefer: "wait=30" })).job;
  await looksLike(second.id, "fffff");
  look = { hash: "fffff".padEnd(64, "0"), buckets: ["fffff"] };
  expect(await verify(other)).toMatchObject({ match: "look", image: { job: second.id }, ...told });
});

it("knows by its watermark what nothing else tells, and no job that it cannot be sure of", async () => {
  const { job } = await drawn();
  const other = await sharp({ create: { width: 8, height: 8, channels: 3, background: "blue" } })
    .png()
    .toBuffer();
  mark = watermarkOfJob(job.id);
  // A mark of a job that is not known: anyone who has the networks can write one.
  expect(await verify(other)).toMatchObject({ made_here: false, match: null });
  const record = (await api.jobs.get(job.id))!;
  const marked = (images: number) => ({
    ...record,
    images: Array.from({ length: images }, (_, index) => ({ ...record.images[0]!, index, proof: { isMarked: true } })),
  });
  await api.items.write(watermarkIndexWrites(marked(1), drawnAt, drawnAt));
  const made = { made_here: true, match: "watermark", unchanged: false, differing_bits: null };
  expect(await verify(other)).toMatchObject({ ...made, image: { job: job.id, index: 0 } });
  expect(await verify(other, await strangersKey())).toMatchObject({ ...made, image: null });
  await api.items.write(watermarkIndexWrites(marked(3), drawnAt, drawnAt));
  expect(await verify(other)).toMatchObject({ ...made, image: { job: job.id, index: null } });
  // Two jobs whose digests begin alike.
  const [{ pk, data }] = (await api.items.query({ index: "main", partition: markPartition(job.id) })).items as [Item];
  await api.items.write([{ put: { pk, sk: "job_other", exp: drawnAt, data } }]);
  expect(await verify(other)).toMatchObject({ ...made, image: null });
});

const markPartition = (jobId: string) => `WATERMARK#${watermarkOfJob(jobId).toString(16).padStart(6, "0")}`;

it.each([
  ["changed", false],
  ["intact", true],
] as const)("believes a signature of ours on a file that is %s", async (state, unchanged) => {
  const { job, bytes } = await drawn();
  await looksLike(job.id, "abcde");
  look = { hash: "abcde01".padEnd(64, "0"), buckets: ["abcde"] };
  const other = withPngText(bytes, "Comment", "so that its digest is another");
  const image = { job: job.id, index: 0, model: "z-image-turbo", at: drawnAt };
  credentials = { manifest: "urn:c2pa:1", state, signedHere: true, generator: "Z-Image pipeline 1", image };
  const made = {
    made_here: true,
    match: "signature",
    unchanged,
    credentials: { state, signed_here: true, manifest: "urn:c2pa:1", generator: "Z-Image pipeline 1" },
  };
  const shown = { job: job.id, index: 0, model: "z-image-turbo", created_at: "2026-12-01T00:00:00.000Z" };
  expect(await verify(other)).toMatchObject({ ...made, image: shown });
  expect(await verify(other, await strangersKey())).toMatchObject({ ...made, image: null });
});

it("does not believe a signature of others", async () => {
  const { bytes } = await drawn();
  const other = withPngText(bytes, "Comment", "so that its digest is another");
  credentials = { manifest: "urn:c2pa:1", state: "intact", signedHere: false };
  expect(await verify(other)).toMatchObject({ made_here: false, unchanged: null, image: null });
});

it("knows by its look an image whose bytes are others, if there is no signature", async () => {
  const { job } = await drawn();
  await looksLike(job.id, "abcde");
  const bytes = await sharp({ create: { width: 8, height: 8, channels: 3, background: "blue" } })
    .png()
    .toBuffer();
  look = { hash: "abcde01".padEnd(64, "0"), buckets: ["abcde"] };
  const made = { made_here: true, match: "look", differing_bits: 1, unchanged: false };
  expect(await verify(bytes)).toMatchObject({ ...made, image: { job: job.id } });
  expect(await verify(bytes, await strangersKey())).toMatchObject({ ...made, image: null });
  look = { hash: "f".repeat(64), buckets: ["abcde"] };
  expect(await verify(bytes)).toMatchObject({ made_here: false, differing_bits: null });
});

it.each([
  ["a digest that is none", "GET", "/v1/verify?sha256=abc", undefined, "sha256"],
  ["no digest", "GET", "/v1/verify", undefined, "sha256"],
  ["a text in place of an image", "POST", "/v1/verify", { image: "data:text/plain;base64,aGVsbG8=" }, "image"],
  ["an unknown field", "POST", "/v1/verify", { image: "data:,", colour: 1 }, "colour"],
])("refuses %s by name", async (_, method, path, body, param) => {
  const problem = await readProblem(await api.request(method, path, body));
  expect([problem.status, problem.param]).toEqual([400, param]);
});

it("refuses a form without a file, and keys without the scope", async () => {
  const post = (body: FormData, key: string) =>
    api.app.request("/v1/verify", { method: "POST", body, headers: { authorization: `Bearer ${key}` } });
  expect((await post(new FormData(), api.key)).status).toBe(400);
  expect((await post(withFile(Buffer.from("no image")), api.key)).status).toBe(400);
  const { value } = await api.apiKeys.createKey(api.account.id, { scopes: ["jobs:read"] });
  expect((await post(withFile(Buffer.from("x")), value)).status).toBe(403);
});
