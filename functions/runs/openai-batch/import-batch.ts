import { NotFoundError } from "../../../shared/errors.ts";
import type { RouteDependencies } from "../../api/dependencies.ts";
import { UploadedFiles } from "../../api/files/uploaded-files.ts";
import { ChunkWriter } from "../rows/row-chunks.ts";
import type { LineError } from "../run.ts";
import type { Turn } from "../steps/turn.ts";
import { readBatchLines } from "./batch-lines.ts";

export type ImportDependencies = Pick<RouteDependencies, "items" | "objects" | "clock">;

/** The run's item says how far the import has come whenever so many rows more are stored. */
const rowsPerReport = 5_000;

const inputGone: LineError = {
  code: "file_not_found",
  message: "the input file was deleted before its lines were read; upload it again and make another batch",
  param: null,
  line: null,
};

/**
 * The first step: reads the input once, from front to end, into chunks of rows. An input with errors begins no row.
 * After a crash it is read again, into the same chunks.
 */
export async function importBatch(turn: Turn, dependencies: ImportDependencies): Promise<number> {
  const { objects, clock } = dependencies;
  await turn.keep();
  const { run } = turn;
  const files = new UploadedFiles(dependencies);
  const chunks = new ChunkWriter(run, objects);
  const errors: LineError[] = [];
  try {
    const file = await files.get(run.identity.accountId, run.inputFileId);
    for await (const line of readBatchLines(files.stream(file), run.endpoint)) {
      if ("error" in line) errors.push(line.error);
      if ("error" in line || errors.length > 0) continue;
      await chunks.add(line.row);
      const { rows: total } = chunks;
      if (total % rowsPerReport === 0) await turn.keep((now) => ({ total: Math.max(now.total, total) }));
    }
    await chunks.flush();
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    errors.push(inputGone);
  }
  const now = clock.now();
  await turn.end(({ inFlight, completed, failed }) => {
    if (errors.length === 0) {
      return { status: "running", total: chunks.rows, paused: undefined, beganAt: now, nextAt: now };
    }
    // A batch of the version before may have jobs already: they are waited for.
    const hasBegun = inFlight.length + completed + failed > 0;
    const failure = { errors, nextAt: now } as const;
    return hasBegun ? { ...failure, status: "running" } : { ...failure, status: "failed", total: 0, finishedAt: now };
  });
  return chunks.rows;
}
