import type { OpenReward } from "../../../gpu-worker/training/distill/reward-module.ts";
import { categoryOf } from "./categories.ts";
import { categoryLatents, nearestLatents } from "./category-latents.ts";

/** Distance at which the reward has fallen to 1/e. */
const reach = 0.05;

/**
 * How sharp an image is and whether it shows what was asked for: 1 for an object of the category exactly as it was
 * trained, towards 0 with the distance to the nearest.
 */
export const rewardOf = (drawn: Float32Array, ofCategory: readonly Float32Array[]): number =>
  Math.exp(-nearestLatents(drawn, ofCategory).distance / reach);

const openReward: OpenReward = async () => {
  const latents = await categoryLatents();
  return {
    wants: "latents",
    score: async (items) => items.map(({ text, value }) => rewardOf(value.data, latents[categoryOf(text)]!)),
  };
};
export default openReward;
