import { expect, it } from "vitest";
import { goldenCheckpoint } from "../../../test/support/engine/golden-tensors.ts";
import { loadPipeline } from "../../engine/load-pipeline.ts";
import { compareStages, stack } from "./compare-stages.ts";
import { type ComparedTensor, Comparison } from "./comparison.ts";
import { openGoldenCase } from "./golden-case.ts";

it("stacks items along a new first axis", () => {
  const item = (...data: number[]) => ({ data, shape: [1, 2] });
  expect(stack([item(1, 2), item(3, 4)])).toEqual({ data: [1, 2, 3, 4], shape: [2, 1, 2] });
  expect(stack([])).toEqual({ data: [], shape: [0] });
});

it("reports other noise from the first step on, and a count of calls that is not the manifest's", async () => {
  const golden = await openGoldenCase("test/golden/turbo_truncated");
  const pipeline = await loadPipeline(goldenCheckpoint("tiny-turbo"), { threads: 1 });
  const inputs = golden.inputs as { prompt: string; height: number; width: number; num_inference_steps: number };
  const lines: ComparedTensor[] = [];
  await compareStages(
    pipeline,
    {
      prompt: inputs.prompt,
      width: inputs.width,
      height: inputs.height,
      seed: 1,
      numInferenceSteps: inputs.num_inference_steps,
      guidance: { scale: 0, normalization: 0, truncation: 1 },
    },
    new Comparison(golden, (line) => lines.push(line)),
    { expectedCalls: inputs.num_inference_steps + 1 },
  );
  const failed = lines.filter(({ ok }) => !ok).map(({ tensor }) => tensor);
  expect(failed).toContain("step00.latents");
  expect(failed.at(-1)).toBe("transformer_calls");
  // What noise does not touch agrees all the same.
  expect(failed).not.toContain("sigmas");
  expect(failed).not.toContain("timesteps");
});
