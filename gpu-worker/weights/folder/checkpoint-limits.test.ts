import { expect, it } from "vitest";
import { checkpointLimits } from "./checkpoint-limits.ts";

// MODEL: released axes_lens [1536, 512, 512], zimage-tiny's [512, 64, 64].
it.each([
  ["the released models'", [1536, 512, 512], 40_960, { maxSide: 2048, maxPixels: 2048 ** 2, maxPromptTokens: 512 }],
  ["zimage-tiny's", [512, 64, 64], 512, { maxSide: 1024, maxPixels: 1024 ** 2, maxPromptTokens: 480 }],
  ["a text encoder's", [1536, 64, 32], 100, { maxSide: 512, maxPixels: 512 ** 2, maxPromptTokens: 100 }],
] as const)("are %s", (_, axesLens, maxPositions, limits) => {
  expect(checkpointLimits({ axesLens, patchSize: 2 }, { maxPositions })).toEqual(limits);
});
