import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { temporaryFolder } from "../../../test/conformance/temporary-folder.ts";
import { goldenCheckpoint } from "../../../test/support/engine/golden-tensors.ts";
import { runtime } from "../../../test/support/engine/run-graph.ts";
import { textEncoderConfig } from "../../graph/architectures/z-image-config.ts";
import { loadTextEncoder } from "../../networks/text-encoder-model.ts";
import type { OnnxRuntime } from "../../runtime/onnx-session.ts";
import { readJsonFile } from "../../weights/folder/json-file.ts";
import { openFrozenCaptions } from "./frozen-captions.ts";

const textEncoderFolder = goldenCheckpoint("tiny-turbo/text_encoder");
const config = await readJsonFile(join(textEncoderFolder, "config.json"), textEncoderConfig);
const encoder = await loadTextEncoder(textEncoderFolder, runtime);
afterAll(() => encoder.release());

const [short, long] = [
  [1, 2],
  [3, 4, 5],
];
const folder = temporaryFolder();
const open = (by = runtime) => openFrozenCaptions(folder, textEncoderFolder, config, by);
const cacheFolder = async () => join(folder, (await readdir(folder))[0]!);
/** For captions that need no text encoder any more. */
const noRuntime: OnnxRuntime = { createSession: () => Promise.reject(new Error("the text encoder was loaded")) };

it("fills each caption's embedding up to the length of the batch with zeros", async () => {
  const captions = await open();
  await captions.prepare([short, long]);
  const { caption } = await captions.feeds([short, long], 4);
  expect(caption!.dims).toEqual([2, 4, config.hiddenSize]);
  const zeros = (tokens: number) => new Array<number>(tokens * config.hiddenSize).fill(0);
  const embeds = async (ids: readonly number[]) => [...(await encoder.encode(ids)).data];
  expect([...(caption!.data as Float32Array)]).toEqual([
    ...(await embeds(short)),
    ...zeros(2),
    ...(await embeds(long)),
    ...zeros(1),
  ]);
});

it("reads captions that were encoded before", async () => {
  const expected = await (await open()).feeds([short, long], 3);
  expect(await (await open(noRuntime)).feeds([short, long], 3)).toEqual(expected);
  await expect((await open(noRuntime)).feeds([[9]], 1)).rejects.toThrow("the text encoder was loaded");
});

it("encodes a caption again whose file was cut short", async () => {
  const expected = await (await open()).feeds([short, long], 3);
  const cache = await cacheFolder();
  const [first] = (await readdir(cache)).map((name) => join(cache, name));
  const bytes = await readFile(first!);
  await writeFile(first!, bytes.subarray(4));
  const captions = await open();
  expect(await captions.feeds([short, long], 3)).toEqual(expected);
  expect(await readFile(first!)).toEqual(bytes);
  await captions.release();
});
