import type { Job } from "../../shared/job.ts";
import type { Write } from "../../shared/ports/items.ts";
import type { RouteDependencies } from "../api/dependencies.ts";
import type { InputImageDependencies } from "../api/submission/input-images.ts";
import type { submitJob } from "../api/submission/submit-job.ts";
import type { InputRow } from "./rows/row-chunks.ts";
import type { Flight, Pause, Run, RunRow } from "./run.ts";
import type { Turn } from "./steps/turn.ts";

export type SubmitDependencies = Parameters<typeof submitJob>[1] &
  Pick<RouteDependencies, "models" | "newSeed"> &
  Pick<InputImageDependencies, "fetchImage">;

/** What the steps of the faces need. */
export type FaceDependencies = SubmitDependencies &
  Pick<RouteDependencies, "items" | "objects" | "jobs" | "clock" | "newId" | "linkSecret"> & {
    /**
     * Bytes of images that a run's output may hold as base64; where one does not fit any more its line has links.
     * @default 20 MB
     */
    readonly maxBase64Bytes?: number;
    /** Bytes of a part of the output: as much is held in memory. @default 4 MB */
    readonly partBytes?: number;
  };

export type KeepDependencies = Pick<RouteDependencies, "objects" | "clock">;

export interface Kept {
  readonly row: RunRow;
  readonly writes: readonly Write[];
}

/** The error of a row, in the words of the run's own API. */
export type Refusal = NonNullable<RunRow["refused"]>;

/**
 * Where runs differ: what a file holds, which request a row is, and what is handed back. Feeding, pausing, settling and
 * recovery are the engine's.
 */
export interface RunFace {
  /** The first step: reads the input into chunks of rows. @returns rows that were read */
  import(turn: Turn, dependencies: FaceDependencies): Promise<number>;
  /**
   * Makes the job of a row, under the id that was written down for it. Again for the same row is the same job.
   * @throws whatever submitting a job throws
   */
  submit(run: Run, flight: Flight, row: InputRow, dependencies: SubmitDependencies): Promise<void>;
  refusal(error: unknown): Refusal;
  /** Why no row of it may be begun for now, by what its rows have come to. */
  halt?(run: Run): Pick<Pause, "code" | "message"> | undefined;
  /** What is to be kept of a row whose job has succeeded: more of its record, and other records beside it. */
  keep?(
    run: Run,
    outcome: { readonly row: RunRow; readonly input: InputRow; readonly job: Job },
    dependencies: KeepDependencies,
  ): Promise<Kept>;
  /** The run after rows are over. */
  count?(run: Run, rows: readonly RunRow[]): Partial<Run>;
  /** Error of a job that has ended without images. */
  failure(job: Job): Refusal;
  /** The last step: writes what the run hands back. @returns rows that were written */
  finish(turn: Turn, dependencies: FaceDependencies): Promise<number>;
}
