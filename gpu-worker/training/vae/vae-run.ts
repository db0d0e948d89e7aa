import { vaeConfig } from "../../graph/architectures/z-image-config.ts";
import { openCheckpoint } from "../../weights/checkpoint.ts";
import { vaeSamples } from "../report-samples.ts";
import type { VaeTrainConfig } from "../train-config.ts";
import type { RunContext, TrainRun } from "../training-run.ts";
import { averagedWeights, storedWeights } from "../write-component.ts";
import { vaeTask } from "./vae-task.ts";
import { writeVae } from "./write-vae.ts";

export function openVaeRun(config: VaeTrainConfig, { at, data, runtime }: RunContext): TrainRun {
  const vae = vaeConfig.parse(config.vae);
  const { decoderOf: folder, ...options } = config;
  const decoderOf = folder === undefined ? undefined : openCheckpoint(at(folder));
  return {
    task: vaeTask(vae, data, runtime, { ...options, decoderOf }),
    fingerprint: JSON.stringify([config.kind, config.seed, vae, data.fingerprint, ...(decoderOf ? ["decoder"] : [])]),
    write(state) {
      const weights = new Map([...(decoderOf ? storedWeights(decoderOf) : []), ...averagedWeights(state)]);
      return writeVae(at(`${config.output}/vae`), config.vae, weights, data, runtime);
    },
    samples: (folder) => vaeSamples(folder, data, runtime),
  };
}
