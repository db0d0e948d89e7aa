import type { FaceDependencies } from "../../runs/run-face.ts";
import { endOf } from "../../runs/run-rules.ts";
import type { Turn } from "../../runs/steps/turn.ts";

/**
 * The last step. What a catalogue run hands back is made from its tasks and rows whenever it is asked for, so nothing
 * has to be written. A run that drew nothing of what it was to draw has failed.
 */
export async function finishCatalogue(turn: Turn, { clock }: Pick<FaceDependencies, "clock">): Promise<number> {
  const now = clock.now();
  await turn.end((run) => {
    const hasFailed = run.total > 0 && run.completed === 0 && run.cancelledAt === undefined;
    return { ...run, paused: undefined, status: hasFailed ? "failed" : endOf(run), finishedAt: now, nextAt: now };
  });
  return turn.run.total;
}
