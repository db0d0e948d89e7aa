import { expect, it } from "vitest";
import { caseFile } from "../../../test/support/engine/case-file.ts";
import { readSchedulerConfig } from "./scheduler-config.ts";

it("reads a checkpoint's scheduler", async () => {
  const path = "test/golden/checkpoints/tiny-base/scheduler/scheduler_config.json";
  expect(await readSchedulerConfig(path)).toEqual({ numTrainTimesteps: 1000, shift: 6 });
});

it("refuses a file that is no scheduler, by name", async () => {
  const path = "test/golden/checkpoints/tiny-turbo/model_index.json";
  await expect(readSchedulerConfig(path)).rejects.toThrow(/model_index\.json: _class_name: .*FlowMatchEuler/);
});

it("takes any shift", async () => {
  expect(await readSchedulerConfig(caseFile("21-scheduler/shift-4.json"))).toEqual({
    numTrainTimesteps: 1000,
    shift: 4,
  });
});

it.each([
  ["beta", "use_beta_sigmas: expected false: a beta schedule is not implemented here"],
  [
    "stochastic",
    "stochastic_sampling: expected false: stochastic sampling is not implemented here; requests may ask for the sampler",
  ],
])("refuses %s.json, whose switch it does not obey", async (name, message) => {
  await expect(readSchedulerConfig(caseFile(`21-scheduler/${name}.json`))).rejects.toThrow(message);
});
