import { client } from "../../../server/client.ts";
import type { Mark } from "./review-marks.ts";

/** @param marks - alike in all but their task */
export function sendMarks(runId: string, marks: readonly Mark[]) {
  const { decision, reason, again } = marks[0]!;
  const tasks = marks.map(({ task }) => task);
  const rejection = decision === "reject" ? { reason, regenerate: again ?? false } : {};
  return client.value.runs.review(runId, { tasks, decision, ...rejection });
}
