import { describe, expect, it } from "vitest";
import { readSafetensors } from "../weights/formats/safetensors.ts";
import { readTensor } from "../weights/tensor-values.ts";
import { flowMatchSchedule, givenSchedule, modelTimeAt } from "./flow-match-scheduler.ts";

const golden = readSafetensors("test/golden/unit_tables/tensors.safetensors").tensors;

describe.each([3, 6])("shift %d", (shift) => {
  it.each([1, 2, 4, 8, 9, 20, 28, 50])("gives the reference's sigmas and timesteps for %d steps", (n) => {
    const { sigmas, timesteps } = flowMatchSchedule({ numTrainTimesteps: 1000, shift }, n);
    // To the last bit.
    expect(sigmas).toEqual(readTensor(golden.get(`sigmas.shift${shift}.n${n}`)!));
    expect(timesteps).toEqual(readTensor(golden.get(`timesteps.shift${shift}.n${n}`)!));
  });
});

it.each([0, -1, 2.5, Number.NaN])("refuses %d steps", (n) => {
  expect(() => flowMatchSchedule({ numTrainTimesteps: 1000, shift: 3 }, n)).toThrow("steps must be a whole number");
});

it("takes given levels as they are, and gives the scheduler's own back to the last bit", () => {
  const own = flowMatchSchedule({ numTrainTimesteps: 1000, shift: 3 }, 4);
  expect(givenSchedule({ numTrainTimesteps: 1000, shift: 6 }, [...own.sigmas].slice(0, -1))).toEqual(own);
});

it.each([[[]], [[1, 1]], [[0.5, 0.6]], [[1.1]], [[1, 0]]])("refuses the levels %j", (levels) => {
  expect(() => givenSchedule({ numTrainTimesteps: 1000, shift: 3 }, levels)).toThrow("sigmas must fall within 0 and 1");
});

it("gives the model time of its own levels to the last bit", () => {
  const schedule = flowMatchSchedule({ numTrainTimesteps: 1000, shift: 3 }, 8);
  expect([...schedule.sigmas].slice(0, -1).map((sigma) => modelTimeAt(schedule, sigma))).toEqual([
    ...schedule.modelTimes,
  ]);
});
