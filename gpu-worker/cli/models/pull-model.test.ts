import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Clock } from "../../../shared/ports/clock.ts";
import { seededBytes } from "../../../test/support/seeded-random.ts";
import {
  type HostileHub,
  hubRevision,
  type Mischief,
  startHostileHub,
} from "../../../test/support/weights/hostile-hub.ts";
import { readManifest, verifyModel } from "../../weights/folder/model-manifest.ts";
import { type PullOptions, pullModel } from "./pull-model.ts";

const weights = "transformer/diffusion_pytorch_model.safetensors";
const pieceBytes = 1000;
const files = {
  "model_index.json": Buffer.from("{}"),
  "README.md": Buffer.from("card"),
  "assets/showcase.jpg": Buffer.from("not for the engine"),
  "tokenizer/tokenizer.json": Buffer.from("[1]"),
  [weights]: Buffer.from(seededBytes(1, 4500)),
};

let hub: HostileHub;
let folder: string;
let outDir: string;
let waits: number[];
const clock: Clock = {
  now: () => 0,
  async sleep(ms) {
    waits.push(ms);
  },
};

beforeEach(async () => {
  hub = await startHostileHub(files);
  folder = mkdtempSync(join(tmpdir(), "pull-"));
  outDir = join(folder, "z-image-turbo");
  waits = [];
});
afterEach(async () => {
  await hub.close();
  rmSync(folder, { recursive: true });
});

const pull = (options: Partial<PullOptions> = {}) =>
  pullModel({
    model: "z-image-turbo",
    mirror: hub.address,
    outDir,
    clock,
    download: { pieceBytes, connections: 3, stallMs: 200, random: () => 0.5 },
    ...options,
  });

function expectWhole(): void {
  for (const [path, content] of Object.entries(files)) {
    if (path.startsWith("assets/")) expect(existsSync(join(outDir, path))).toBe(false);
    else expect(readFileSync(join(outDir, path)).equals(content), path).toBe(true);
  }
  expect(readdirSync(folder)).toEqual(["z-image-turbo"]);
}

it.each([
  "huggingface",
  "modelscope",
] as const)("pulls what the engine reads from %s, with its origin", async (from) => {
  const progress: number[] = [];
  await pull({ from, token: "secret", onProgress: ({ doneBytes }) => progress.push(doneBytes) });
  expectWhole();
  expect(await readManifest(outDir)).toMatchObject({
    form: "published",
    licence: "apache-2.0",
    source: {
      hub: from,
      address: hub.address,
      repository: "Tongyi-MAI/Z-Image-Turbo",
      revision: from === "huggingface" ? hubRevision : "master",
    },
  });
  expect(await verifyModel(outDir)).toEqual([]);
  expect(hub.asked.get(weights)).toHaveLength(5);
  expect(progress.at(-1)).toBe(4500 + 2 + 4 + 3);
  expect([...hub.tokens]).toEqual(["Bearer secret"]);
});

it.each<[string, Mischief]>([
  ["drops connections", { kind: "drop", times: 4 }],
  ["ends early without a word", { kind: "short", times: 3 }],
  ["stalls", { kind: "stall", times: 2 }],
  ["answers 503", { kind: { status: 503 }, times: 5 }],
  ["answers 429", { kind: { status: 429, headers: { "retry-after": "7" } }, times: 1 }],
  ["knows no ranges", { kind: "no ranges", times: 99 }],
])("comes through with a server that %s", async (_, mischief) => {
  hub.misbehave(weights, mischief);
  await pull();
  expectWhole();
  if (typeof mischief.kind === "object" && mischief.kind.status === 429) expect(waits).toEqual([7000]);
});

it.each<[string, Mischief]>([
  ["behaves", { kind: "drop", times: 0 }],
  ["drops connections in the middle", { kind: "drop", times: 3 }],
  ["answers 500 in the middle", { kind: { status: 500 }, times: 3 }],
  ["answers 429", { kind: { status: 429, headers: { "retry-after": "2" } }, times: 2 }],
  ["knows no ranges", { kind: "no ranges", times: 99 }],
])("follows the hub to a signed address on another host that %s, without its token", async (_, mischief) => {
  const redirecting = await startHostileHub(files, {}, { redirects: true });
  try {
    redirecting.misbehave(weights, mischief);
    await pull({ mirror: redirecting.address, token: "secret" });
    expectWhole();
    // Each piece, and each further try of one, has an address of its own: a signature may have run out meanwhile.
    expect(redirecting.signedRequests()).toBe(redirecting.asked.get(weights)!.length);
    expect([...redirecting.tokens]).toEqual(["Bearer secret"]);
  } finally {
    await redirecting.close();
  }
});

it.each<[string, Mischief, string]>([
  ["sends wrong bytes", { kind: "wrong bytes", times: 1 }, "and was deleted; run pull again, or name another --mirror"],
  ["sends more than was asked for", { kind: "long", times: 99 }, "more bytes than were asked for"],
  ["has a file of another length", { kind: "other length", times: 99 }, "/4501 where bytes 0-999/4500 was asked for"],
  ["answers 416", { kind: { status: 416 }, times: 99 }, "responded with 416; its file is shorter than listed"],
  ["wants a token", { kind: { status: 403 }, times: 99 }, "responded with 403; the token is missing"],
  [
    "is always busy",
    { kind: { status: 503 }, times: 999 },
    "responded with 503, 6 times in a row; what arrived is kept",
  ],
  ["never gets on", { kind: "stall", times: 999 }, "no byte came for 200 ms, 6 times in a row"],
])("uses nothing of a server that %s, and says which file and what to do", async (_, mischief, message) => {
  hub.misbehave(weights, mischief);
  const pulling = pull({ download: { pieceBytes, connections: 1, stallMs: 200, random: () => 0.5 } });
  await expect(pulling).rejects.toThrow(message);
  await expect(pulling).rejects.toThrow(weights);
  expect(existsSync(outDir)).toBe(false);
  expect(existsSync(join(folder, ".z-image-turbo.pull", weights))).toBe(false);
  // And the same call comes through once the server behaves.
  hub.misbehave(weights, { kind: "drop", times: 0 });
  await pull();
  expectWhole();
});

it("goes on where it stopped, and asks for nothing twice", async () => {
  const stop = new AbortController();
  const onProgress = ({ doneBytes }: { doneBytes: number }) => {
    if (doneBytes >= 2500) stop.abort();
  };
  const download = { pieceBytes, connections: 1 };
  await expect(pull({ signal: stop.signal, onProgress, download })).rejects.toThrow("aborted");
  expect(existsSync(outDir)).toBe(false);
  const first = hub.asked.get(weights)!.length;
  await pull({ download });
  expectWhole();
  const again = hub.asked.get(weights)!.slice(first);
  expect(again.length).toBeGreaterThan(0);
  expect(again).not.toContain("bytes=0-999");
  expect(hub.asked.get("tokenizer/tokenizer.json")).toHaveLength(1);
});

it("needs room for what is missing and half a gigabyte, and goes on where the whole would no longer fit", async () => {
  const spareBytes = 500_000_000;
  const large = await startHostileHub({ ...files, [weights]: Buffer.from(seededBytes(1, 400_000)) });
  try {
    const download = { pieceBytes: 50_000, connections: 1 };
    const pullWith = (free: number, options: Partial<PullOptions> = {}) =>
      pull({ mirror: large.address, download, freeBytes: async () => free, ...options });
    const all = 400_000 + 2 + 4 + 3;
    const stop = new AbortController();
    const onProgress = ({ doneBytes }: { doneBytes: number }) => {
      if (doneBytes >= 250_000) stop.abort();
    };
    await expect(pullWith(all + spareBytes - 1)).rejects.toThrow(
      "needs 0.0 GB more for the model, and 0.5 GB have to stay free, but the disk has 0.5 GB left; free some",
    );
    await expect(pullWith(all + spareBytes, { signal: stop.signal, onProgress })).rejects.toThrow("aborted");
    // Between 100 000 and 150 000 bytes are missing, but for the rest of a block.
    await expect(pullWith(50_000 + spareBytes)).rejects.toThrow("0.5 GB have to stay free");
    await pullWith(200_000 + spareBytes);
    expect(readFileSync(join(outDir, weights)).equals(Buffer.from(seededBytes(1, 400_000)))).toBe(true);
  } finally {
    await large.close();
  }
});

it("needs no room when only the name is missing", async () => {
  await pull();
  renameSync(outDir, join(folder, ".z-image-turbo.pull"));
  await pull({ freeBytes: async () => 0 });
  expectWhole();
});

it("does not trust what lies in the way of a resumed file: the checksum decides", async () => {
  hub.misbehave(weights, { kind: { status: 404 }, times: 1 });
  await expect(pull({ download: { pieceBytes, connections: 1 } })).rejects.toThrow("responded with 404");
  const partial = join(folder, ".z-image-turbo.pull", weights);
  writeFileSync(`${partial}.partial`, Buffer.alloc(4500));
  writeFileSync(`${partial}.pieces`, "1000\n0\n1\n");
  await expect(pull()).rejects.toThrow("and was deleted");
  await pull();
  expectWhole();
});

it("tells of a file that its makers do not list so, whatever the hub says of it", async () => {
  const vae = "vae/diffusion_pytorch_model.safetensors";
  const other = await startHostileHub({ ...files, [vae]: Buffer.from("another VAE") });
  try {
    const warnings: string[] = [];
    await pull({ mirror: other.address, onWarning: (message) => warnings.push(message) });
    expect(warnings).toEqual([
      // The tokenizer of these tests is not theirs either.
      expect.stringContaining("tokenizer/tokenizer.json is not the file on the list of its makers"),
      expect.stringMatching(
        /^vae\/diffusion_pytorch_model.safetensors is not .* its MD5 is [0-9a-f]{32}, theirs 6f83de55cb720c7f/,
      ),
    ]);
  } finally {
    await other.close();
  }
});

it("takes parts alone, and refuses parts, models and addresses that are not there", async () => {
  await pull({ only: ["tokenizer"] });
  expect(Object.keys(Object.groupBy(readdirSync(outDir), (name) => name))).toEqual([
    "tokenizer",
    "z-image-manifest.json",
  ]);
  await expect(pull()).rejects.toThrow("exists already");
  await expect(pull({ outDir: `${outDir}-2`, only: ["unet"] })).rejects.toThrow("has none of the parts unet");
  await expect(pull({ outDir: `${outDir}-2`, model: "z-image" })).rejects.toThrow(
    "responded with 404; there is no Tongyi-MAI/Z-Image there",
  );
  await expect(pull({ outDir: `${outDir}-2`, mirror: "ftp://x" })).rejects.toThrow(
    "--mirror must be an http or https address",
  );
  await expect(pull({ outDir: `${outDir}-2`, mirror: "http://127.0.0.1:1" })).rejects.toThrow(
    "check the network, or name a mirror",
  );
});

it("verify finds what was changed, cut and lost", async () => {
  await pull();
  writeFileSync(join(outDir, weights), Buffer.from(files[weights]!.map((byte) => byte ^ 1)));
  writeFileSync(join(outDir, "README.md"), "ca");
  rmSync(join(outDir, "model_index.json"));
  expect((await verifyModel(outDir)).map(({ path, problem }) => `${path} ${problem.slice(0, 16)}`)).toEqual([
    "README.md has 2 bytes, exp",
    "model_index.json is missing",
    `${weights} has the checksum`,
  ]);
  rmSync(join(outDir, "z-image-manifest.json"));
  await expect(verifyModel(outDir)).rejects.toThrow("pull the model again");
});

it("refuses a listing that leads out of the folder", async () => {
  const evil = await startHostileHub({
    "vae/../../../config.json": Buffer.from("x"),
    "tokenizer/..%2fx.json": Buffer.from("x"),
    "vae/.x.json": Buffer.from("x"),
  });
  try {
    await expect(pull({ mirror: evil.address })).rejects.toThrow("is no plain relative path");
    expect(readdirSync(folder)).toEqual([]);
  } finally {
    await evil.close();
  }
});
