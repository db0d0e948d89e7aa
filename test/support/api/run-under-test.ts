import { ChunkWriter, type InputRow } from "../../../functions/runs/rows/row-chunks.ts";
import type { Run } from "../../../functions/runs/run.ts";
import { createRun, findRun } from "../../../functions/runs/run-store.ts";
import type { StepDependencies } from "../../../functions/runs/steps/take-step.ts";
import { Turn } from "../../../functions/runs/steps/turn.ts";
import { manualClock } from "../manual-clock.ts";
import { openApi } from "./api-under-test.ts";
import { stepDependencies } from "./openai-batches.ts";
import { sampleRun } from "./sample-run.ts";

/** A row that asks for a small image. */
export const inputRow = (key: string, body: object = {}): InputRow => ({
  key,
  body: { prompt: "a teapot", size: "64x64", ...body },
});

/** An API whose clock stands still, with a recorded run of these rows, which have been imported. */
export async function openRun(rows: readonly InputRow[], changes: Partial<Run> = {}) {
  const api = await openApi({ clock: manualClock() });
  const { key } = await api.apiKeys.createKey(api.account.id);
  const now = api.clock.now();
  const identity = { accountId: api.account.id, keyId: key.id, scopes: ["*"], terms: { unlimited: true } };
  const times = { createdAt: now, nextAt: now, expiresAt: now + 86_400_000 };
  const run = sampleRun({ identity, total: rows.length, ...times, ...changes });
  const chunks = new ChunkWriter(run, api.objects);
  for (const row of rows) await chunks.add(row);
  await chunks.flush();
  await createRun(api.items, run);
  return {
    ...api,
    run,
    dependencies: stepDependencies(api) as StepDependencies,
    /** As it is recorded now. */
    read: async () => (await findRun(api.items, run.id))!.run,
    turn: async () => new Turn((await findRun(api.items, run.id))!, api.dependencies),
    /** Draws all jobs that wait. */
    async draw() {
      while (await api.worker.workOnce());
    },
  };
}
