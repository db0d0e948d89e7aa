import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomically } from "../../../shared/process/write-file-atomically.ts";
import type { TextEncoderConfig } from "../../graph/architectures/z-image-config.ts";
import { floatFeed } from "../../networks/open-session.ts";
import { loadTextEncoder, type TextEncoderModel } from "../../networks/text-encoder-model.ts";
import type { OnnxRuntime } from "../../runtime/onnx-session.ts";
import { hashComponent } from "../../weights/convert/hash-component.ts";
import type { CaptionSource } from "./caption-source.ts";

export interface FrozenCaptions extends CaptionSource {
  /** Encode what is not on disk yet, then let go of the text encoder, which the steps no longer need. */
  prepare(captions: Iterable<readonly number[]>): Promise<void>;
}

/**
 * Captions through a text encoder that does not learn: it runs once per caption, outside the training graph, and what
 * it gave is kept in a folder below `folder` whose name says which text encoder it was. A file per caption, called
 * after its token ids, complete or not there.
 *
 * Input: `caption` `[B, C, hiddenSize]`.
 * @param textEncoderFolder - `text_encoder/` of a model folder
 */
export async function openFrozenCaptions(
  folder: string,
  textEncoderFolder: string,
  { hiddenSize }: TextEncoderConfig,
  runtime: OnnxRuntime,
): Promise<FrozenCaptions> {
  const cache = join(folder, `captions-${await hashComponent(textEncoderFolder)}`);
  await mkdir(cache, { recursive: true });
  let encoder: TextEncoderModel | undefined;

  const fileOf = (ids: readonly number[]) =>
    join(cache, `${createHash("sha256").update(ids.join(" ")).digest("hex").slice(0, 32)}.f32`);
  const stored = async (ids: readonly number[]): Promise<Float32Array | undefined> => {
    const bytes = await readFile(fileOf(ids)).catch(() => undefined);
    return bytes?.byteLength === 4 * ids.length * hiddenSize
      ? new Float32Array(Uint8Array.from(bytes).buffer)
      : undefined;
  };
  const embeds = async (ids: readonly number[]): Promise<Float32Array> => {
    const known = await stored(ids);
    if (known) return known;
    encoder ??= await loadTextEncoder(textEncoderFolder, runtime);
    const { data } = await encoder.encode(ids);
    await writeFileAtomically(fileOf(ids), new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    return data;
  };
  const release = async () => {
    await encoder?.release();
    encoder = undefined;
  };

  return {
    async prepare(captions) {
      for (const ids of captions) await embeds(ids);
      await release();
    },
    build: (g) => g.input("caption", "float32", ["B", "C", hiddenSize]),
    async feeds(captions, length) {
      const values = new Float32Array(captions.length * length * hiddenSize);
      for (const [item, ids] of captions.entries()) values.set(await embeds(ids), item * length * hiddenSize);
      return { caption: floatFeed(values, [captions.length, length, hiddenSize]) };
    },
    release,
  };
}
