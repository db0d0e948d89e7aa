import { z } from "zod";
import { axialRotaryTables } from "../../graph/architectures/rotary-tables.ts";
import { timeFrequencies } from "../../graph/blocks/timestep-embedding.ts";
import { flowMatchSchedule } from "../../pipeline/flow-match-scheduler.ts";
import type { Comparison } from "./comparison.ts";
import { type GoldenCase, parseInputs, storedTensor, storedValues } from "./golden-case.ts";

const inputsSchema = z.object({
  rope: z.object({ theta: z.number(), axes_dims: z.tuple([z.int(), z.int(), z.int()]) }),
});

/** What is computed outside the networks at full size: rotary tables, time embedding, schedules. */
export function replayTables(golden: GoldenCase, comparison: Comparison): void {
  const { rope } = parseInputs(golden, inputsSchema);
  comparison.inputs("rope_ids", "time");
  const positions = Int32Array.from(storedValues(storedTensor(golden, "rope_ids")));
  const { cos, sin } = axialRotaryTables(positions, rope.axes_dims, rope.theta);
  const shape = [positions.length / 3, cos.length / (positions.length / 3)];
  comparison.tensor("rope_cos", { data: cos, shape });
  comparison.tensor("rope_sin", { data: sin, shape });

  const times = Array.from(storedValues(storedTensor(golden, "time")));
  const embedding = times.flatMap((t) => Array.from(timeFrequencies(t, 1000)));
  comparison.tensor("time_embedding", { data: embedding, shape: [times.length, 256] });

  for (const name of golden.tensors.keys()) {
    const [, table, shift, n] = /^(sigmas|timesteps)\.shift(\d+)\.n(\d+)$/.exec(name) ?? [];
    if (table === undefined) continue;
    const schedule = flowMatchSchedule({ numTrainTimesteps: 1000, shift: Number(shift) }, Number(n));
    const data = table === "sigmas" ? schedule.sigmas : schedule.timesteps;
    comparison.tensor(name, { data, shape: [data.length] });
  }
}
