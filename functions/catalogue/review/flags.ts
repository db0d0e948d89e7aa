import type { TaskResult } from "../run/task-results.ts";

/** Reasons to look at an image, the gravest first. */
export const flags = ["failed_check", "near_duplicate", "product_changed", "changes_product"] as const;
export type Flag = (typeof flags)[number];

/** What makes an image worth a look: its own checks, and how it was made. */
export function flagsOf({ task }: TaskResult): Flag[] {
  return task.method === "restyle" ? ["changes_product"] : [];
}
