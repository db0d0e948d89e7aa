import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { InvalidFileError } from "../../../shared/errors.ts";
import type { RgbImage } from "../../pipeline/image.ts";
import type { Tensor } from "../../tensor.ts";

/** An image that is scored, and the caption that it was drawn for. */
interface RewardItem<T> {
  readonly text: string;
  readonly value: T;
}

/** A reward says how good images are; it is never asked for gradients. Larger is better. */
export type Reward =
  /** Latents `[16, h, w]` in the transformer's scale. */
  | { readonly wants: "latents"; score(items: readonly RewardItem<Tensor>[]): Promise<readonly number[]> }
  | { readonly wants: "image"; score(items: readonly RewardItem<RgbImage>[]): Promise<readonly number[]> };

/** Default export of a reward's module. @param options - the configuration's own `reward.options` */
export type OpenReward = (options: unknown) => Promise<Reward>;

export interface RewardModule {
  readonly reward: Reward;
  /** Digest of the module's text: with another reward a checkpoint is useless. */
  readonly hash: string;
}

/** @throws InvalidFileError for a module that exports no reward */
export async function openRewardModule(path: string, options: unknown): Promise<RewardModule> {
  const text = await readFile(path).catch((cause: unknown) => {
    throw new InvalidFileError(`reward.module: ${path} cannot be read`, { cause });
  });
  const { default: open } = (await import(pathToFileURL(path).href)) as { default?: OpenReward };
  const reward = typeof open === "function" ? await open(options) : undefined;
  const wants: unknown = reward?.wants;
  if (!reward || (wants !== "latents" && wants !== "image") || typeof reward.score !== "function") {
    throw new InvalidFileError(
      `reward.module: ${path}: expected a default export (options) => Promise<{ wants: "latents" | "image", ` +
        `score }>, got wants ${JSON.stringify(wants)}`,
    );
  }
  return { reward, hash: createHash("sha256").update(text).digest("hex").slice(0, 16) };
}

/** @throws InvalidFileError when the scores are not one finite number per item */
export function checkScores(scores: readonly number[], count: number): readonly number[] {
  if (scores.length !== count || !scores.every(Number.isFinite)) {
    throw new InvalidFileError(
      `the reward gave ${scores.length} scores (${scores.slice(0, 4).join(", ")}, …) for ${count} images; ` +
        "expected one finite number per image",
    );
  }
  return scores;
}
