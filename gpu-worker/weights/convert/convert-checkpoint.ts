import { availableParallelism } from "node:os";
import { dirname } from "node:path";
import { Worker } from "node:worker_threads";
import { InvalidFileError } from "../../../shared/errors.ts";
import { replaceFile } from "../../../shared/process/replace-file.ts";
import { syncFolder } from "../../../shared/process/sync-folder.ts";
import { elementCount } from "../../tensor.ts";
import { byteLength } from "../formats/write-checkpoint.ts";
import { safetensorsHeader } from "../formats/write-safetensors.ts";
import { type ConvertReply, type ConvertTask, runTask } from "./convert-thread.ts";
import type { TensorPlan } from "./tensor-plan.ts";
import { unfinishedPath } from "./unfinished-file.ts";

export interface ConvertCheckpointOptions {
  readonly metadata?: Readonly<Record<string, string>>;
  /** @default one per core; 0 works on the calling thread */
  readonly threads?: number;
  /** Called when a tensor is written. */
  readonly onTensor?: (plan: TensorPlan) => void;
  /** Checked between pieces; what was written is removed. */
  readonly signal?: AbortSignal;
  /** Values turned at a time by each thread: what is in memory does not grow with the tensors. @default 4 million */
  readonly pieceValues?: number;
}

/** Below this many values a thread takes longer to start than to help. */
const worthThreads = 20_000_000;

/**
 * Write a `.safetensors` file of the planned tensors, in pieces of some rows that all cores turn at once: the place of
 * every byte is known beforehand, so each thread reads, turns and writes its own. The file appears whole under its
 * name, durable, or not at all; a process that is killed leaves what it wrote under its `unfinishedPath`.
 * @throws InvalidFileError for values that are not finite, and the signal's reason
 */
export async function convertCheckpoint(
  path: string,
  plans: readonly TensorPlan[],
  { metadata, threads, onTensor, signal, pieceValues = 4_000_000 }: ConvertCheckpointOptions = {},
): Promise<void> {
  const notes = notesOf(plans);
  // By name: several plans may fill one matrix.
  const headers = new Map(plans.flatMap(({ outputs }) => outputs.map((output) => [output.name, output])));
  for (const [name, bytes] of notes) headers.set(name, { name, dtype: "U8", shape: [bytes.length] });
  const entries = Array.from(headers.values(), (header) => ({ ...header, length: byteLength(header) }));
  const header = safetensorsHeader(entries, metadata);
  const positions = new Map<string, number>();
  let end = header.length;
  for (const { name, length } of entries) {
    positions.set(name, end);
    end += length;
  }
  const temporary = unfinishedPath(path);
  await replaceFile(path, temporary, async (file) => {
    await file.writeFile(header);
    await file.truncate(end);
    for (const [name, bytes] of notes) await file.write(bytes, 0, bytes.length, positions.get(name));
    const values = plans.reduce((sum, { source }) => sum + elementCount(source.shape), 0);
    const threadCount = threads ?? (values < worthThreads ? 0 : availableParallelism());
    const runners = Array.from({ length: threadCount }, () => threadRunner(temporary));
    const run = async (runTaskHere: (task: ConvertTask) => Promise<void>, next: Iterator<Piece>) => {
      for (let piece = next.next(); !piece.done; piece = next.next()) {
        signal?.throwIfAborted();
        await runTaskHere(piece.value.task);
        if (--piece.value.open.pieces === 0) onTensor?.(piece.value.plan);
      }
    };
    const queue = pieces(plans, positions, pieceValues);
    try {
      if (threadCount === 0) {
        const here = async (task: ConvertTask) => {
          await new Promise(setImmediate); // let signals and progress through
          runTask(task, file.fd);
        };
        await run(here, queue);
      } else {
        await Promise.all(runners.map(({ run: task }) => run(task, queue)));
      }
    } finally {
      await Promise.all(runners.map(({ end }) => end()));
    }
  });
  await syncFolder(dirname(path));
}

interface Piece {
  readonly plan: TensorPlan;
  readonly task: ConvertTask;
  /** Shared by the pieces of a tensor. */
  readonly open: { pieces: number };
}

function* pieces(
  plans: readonly TensorPlan[],
  positions: ReadonlyMap<string, number>,
  pieceValues: number,
): Generator<Piece> {
  for (const plan of plans) {
    const { name, source, encoding, outputs, firstOutputRow } = plan;
    // Scales of rows are read with whole rows, along the first axis.
    const width = source.codes ? elementCount(source.shape.slice(1)) : (source.shape.at(-1) ?? 1);
    const rows = elementCount(source.shape) / (width || 1);
    const pieceRows = Math.max(1, Math.floor(pieceValues / (width || 1)));
    const open = { pieces: Math.max(1, Math.ceil(rows / pieceRows)) };
    for (let firstRow = 0; firstRow === 0 || firstRow < rows; firstRow += pieceRows) {
      // Every output has as many bytes in each row.
      const at = outputs.map((output) => {
        const outputRows = firstOutputRow === undefined ? rows : output.shape[0]!;
        const rowsBefore = (firstOutputRow ?? 0) + firstRow;
        return positions.get(output.name)! + (rows === 0 ? 0 : (byteLength(output) / outputRows) * rowsBefore);
      });
      const task = {
        name,
        source,
        encoding,
        firstRow,
        rows: Math.min(pieceRows, rows - firstRow),
        width,
        positions: at,
      };
      yield { plan, task, open };
    }
  }
}

function notesOf(plans: readonly TensorPlan[]): Map<string, Uint8Array> {
  const notes = plans.flatMap((plan) => plan.notes ?? []);
  return new Map(notes.map(({ name, text }) => [name, new TextEncoder().encode(text)]));
}

function threadRunner(file: string): { run: (task: ConvertTask) => Promise<void>; end: () => Promise<void> } {
  const worker = new Worker(new URL("./convert-thread.ts", import.meta.url), { workerData: { file }, name: "convert" });
  const exited = new Promise<void>((resolve) => {
    worker.once("exit", () => resolve());
  });
  return {
    run: (task) =>
      new Promise((resolve, reject) => {
        const settle = (reply: ConvertReply) => {
          worker.off("error", reject);
          if ("done" in reply) resolve();
          else reject(reply.expected ? new InvalidFileError(reply.failed) : new Error(reply.failed));
        };
        worker.once("error", reject);
        worker.once("message", settle);
        worker.postMessage(task);
      }),
    async end() {
      worker.postMessage("end");
      await exited;
    },
  };
}
