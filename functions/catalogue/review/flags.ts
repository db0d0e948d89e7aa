import { type Finding, findingsOf } from "../checks/marketplace-rules.ts";
import type { CatalogueOrder } from "../run/catalogue-state.ts";
import type { TaskResult } from "../run/task-results.ts";

/** Reasons to look at an image, the gravest first. */
export const flags = [
  "failed_check",
  "near_duplicate",
  "background_enclosed",
  "uneven_fill",
  "changes_product",
] as const;
export type Flag = (typeof flags)[number];

/** What the marketplaces of a run say about the files of a task, in their order. */
export function findingsOfFiles(
  { task, files }: Pick<TaskResult, "task" | "files">,
  { marketplaces = [] }: Pick<CatalogueOrder, "marketplaces">,
): Finding[][] {
  // A name of a file or shot says which image is the main one, as for Amazon's names.
  const judging = marketplaces.filter((name) => !name.endsWith("_main") || task.shot.startsWith("main"));
  return files.map((file) => judging.flatMap((marketplace) => findingsOf(marketplace, file)));
}

/** Keys of tasks that a comparison of all images has found. */
interface Compared {
  readonly alike: ReadonlySet<string>;
  readonly uneven: ReadonlySet<string>;
}

/** What makes an image worth a look: its own checks, the others beside it, and how it was made. */
export function flagsOf(
  { task, files }: Pick<TaskResult, "task" | "files">,
  findings: readonly (readonly Finding[])[],
  { alike, uneven }: Compared,
): Flag[] {
  const fails = findings.flat().some(({ verdict }) => verdict === "fail") || files.some(({ checks }) => checks?.flat);
  const isMiswritten = files.some(
    ({ checks }) => checks?.textDistances?.some((distance) => distance > 0) || (checks?.textElsewhere ?? 0) > 0,
  );
  const found: { readonly [flag in Flag]: boolean } = {
    failed_check: fails || isMiswritten,
    near_duplicate: alike.has(task.key),
    // A handle whose inside still has the old background.
    background_enclosed: files.some(({ warnings }) => warnings?.includes("background_enclosed")),
    uneven_fill: uneven.has(task.key),
    changes_product: task.method === "restyle",
  };
  return flags.filter((flag) => found[flag]);
}
