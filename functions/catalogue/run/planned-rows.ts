import { readServedModels } from "../../../shared/model-catalog/worker-models.ts";
import type { Objects } from "../../../shared/ports/objects.ts";
import { readChunk, readChunks, rowsPerChunk } from "../../runs/rows/row-chunks.ts";
import type { Run } from "../../runs/run.ts";
import type { FoundPhoto } from "../photos/photo-stage.ts";
import type { CatalogueReport } from "../products/product.ts";
import type { CatalogueOrder } from "./catalogue-state.ts";
import { type PlanDependencies, type PlannedRow, TaskPlanner } from "./plan-tasks.ts";
import type { ReadProduct } from "./read-products.ts";

/**
 * The planner of a run whose file has been read.
 * @param order - in place of the run's own, to try another
 * @throws CatalogueError as `TaskPlanner`
 */
export async function openPlanner(
  run: Run,
  report: CatalogueReport,
  dependencies: PlanDependencies,
  order: CatalogueOrder = run.catalogue!.order,
): Promise<TaskPlanner> {
  const names = new Map(report.names.map(({ column, name }) => [name, column]));
  const known = { columns: report.file.columns, names };
  const models = await readServedModels(dependencies.items, dependencies.models, dependencies.clock.now());
  return new TaskPlanner(order, known, { ...dependencies, models, identity: run.identity });
}

/** What the import has left of each row of the file, with its photo, in file order. */
export async function* plannedRows(run: Run, objects: Objects): AsyncGenerator<PlannedRow, void> {
  let photos: readonly FoundPhoto[] = [];
  for await (const { row, value } of readChunks<ReadProduct>(run, "products", objects)) {
    if (row % rowsPerChunk === 0) photos = (await readChunk(run, "photos", row / rowsPerChunk, objects)) ?? [];
    if ("refused" in value.row) {
      yield value.row;
      continue;
    }
    const { photo, problem, mask } = photos[row % rowsPerChunk] ?? {};
    const { product } = value.row;
    yield { product, photo: value.photo ?? photo, photoProblem: value.photoProblem ?? problem, mask };
  }
}
