import { gunzipSync, gzipSync } from "node:zlib";
import type { Json } from "../../../shared/ports/items.ts";
import type { Objects } from "../../../shared/ports/objects.ts";
import type { Run } from "../run.ts";

/** A row of the input, as the importer left it. */
export interface InputRow {
  /** The caller's own name for it. */
  readonly key: string;
  /** The request; absent where it was refused. */
  readonly body?: { readonly [field: string]: unknown };
  /** Refused by the importer: the error that the request would have received. */
  readonly refused?: { readonly status: number; readonly body: Json };
}

/** Names the files of one import of a run. */
export type RunFiles = Pick<Run, "id" | "identity" | "imports">;

/** What is kept in chunks: rows to draw, and what a catalogue's import reads on the way to them. */
export type ChunkKind = "rows" | "products" | "photos" | "tasks";

export const rowsPerChunk = 500;
/** A row of more characters has an object of its own, so that a chunk of them fits in memory. */
const maxInlineCharacters = 32_768;
const contentType = "application/gzip";

/**
 * Writes the rows of a run into objects of 500, so that a step reads what it begins and no more. Again with the same
 * rows gives the same objects. Holds one chunk.
 */
export class ChunkWriter<Row = InputRow> {
  readonly #run: RunFiles;
  readonly #objects: Objects;
  readonly #kind: ChunkKind;
  #lines: string[] = [];
  #rows = 0;

  constructor(run: RunFiles, objects: Objects, kind: ChunkKind = "rows") {
    this.#run = run;
    this.#objects = objects;
    this.#kind = kind;
  }

  /** Goes on behind the first `rows` rows that are there; what lies behind them is written over. */
  static async behind<Row>(run: RunFiles, objects: Objects, rows: number): Promise<ChunkWriter<Row>> {
    const writer = new ChunkWriter<Row>(run, objects);
    const begun = rows % rowsPerChunk;
    writer.#rows = rows;
    if (begun > 0) {
      const key = chunkKey(run, "rows", Math.floor(rows / rowsPerChunk));
      writer.#lines = (await readText(key, objects)).split("\n").slice(0, begun);
    }
    return writer;
  }

  get rows(): number {
    return this.#rows;
  }

  async add(row: Row): Promise<void> {
    const text = JSON.stringify(row);
    const isInline = text.length <= maxInlineCharacters;
    if (!isInline) await this.#objects.put(rowKey(this.#run, this.#kind, this.#rows), gzipSync(text), { contentType });
    this.#lines.push(isInline ? text : "");
    this.#rows++;
    if (this.#lines.length === rowsPerChunk) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#lines.length === 0) return;
    const key = chunkKey(this.#run, this.#kind, Math.floor((this.#rows - 1) / rowsPerChunk));
    await this.#objects.put(key, gzipSync(this.#lines.join("\n")), { contentType });
    this.#lines = [];
  }
}

/** @throws Error when there is no such row */
export async function readInputRows(
  run: RunFiles,
  wanted: readonly number[],
  objects: Objects,
): Promise<Map<number, InputRow>> {
  const perChunk = Map.groupBy(wanted, (row) => Math.floor(row / rowsPerChunk));
  const found = new Map<number, InputRow>();
  for (const [index, rows] of perChunk) {
    const lines = (await readText(chunkKey(run, "rows", index), objects)).split("\n");
    for (const row of rows) {
      const line = lines[row - index * rowsPerChunk];
      if (line === undefined) throw new Error(`run ${run.id} has no row ${row}`);
      found.set(row, JSON.parse(line === "" ? await readText(rowKey(run, "rows", row), objects) : line) as InputRow);
    }
  }
  return found;
}

/** One chunk that is made as a whole. */
export async function writeChunk<Row>(
  run: RunFiles,
  kind: ChunkKind,
  index: number,
  rows: readonly Row[],
  objects: Objects,
): Promise<void> {
  const text = rows.map((row) => JSON.stringify(row)).join("\n");
  await objects.put(chunkKey(run, kind, index), gzipSync(text), { contentType });
}

/** @returns its rows; nothing where there is no such chunk */
export async function readChunk<Row>(
  run: RunFiles,
  kind: ChunkKind,
  index: number,
  objects: Objects,
): Promise<Row[] | undefined> {
  const stored = await objects.get(chunkKey(run, kind, index));
  if (stored === undefined) return undefined;
  const lines = gunzipSync(stored.body).toString("utf8").split("\n");
  const rows = lines.map(async (line, offset) =>
    JSON.parse(line === "" ? await readText(rowKey(run, kind, index * rowsPerChunk + offset), objects) : line),
  );
  return Promise.all(rows);
}

/** All rows of one kind, in order, a chunk at a time. @param from - the first that is wanted */
export async function* readChunks<Row>(
  run: RunFiles,
  kind: ChunkKind,
  objects: Objects,
  from = 0,
): AsyncGenerator<{ readonly row: number; readonly value: Row }, void> {
  for (let index = Math.floor(from / rowsPerChunk); ; index++) {
    const rows = await readChunk<Row>(run, kind, index, objects);
    if (rows === undefined) return;
    for (const [offset, value] of rows.entries()) {
      const row = index * rowsPerChunk + offset;
      if (row >= from) yield { row, value };
    }
  }
}

async function readText(key: string, objects: Objects): Promise<string> {
  const stored = await objects.get(key);
  if (stored === undefined) throw new Error(`rows of a run are missing: ${key}`);
  return gunzipSync(stored.body).toString("utf8");
}

/** Where the files of a run lie: a batch's beside the account's uploads, which are kept as long. */
export function runFolder({ id, identity }: Pick<Run, "id" | "identity">): string {
  return `${id.startsWith("run_") ? "r" : "in"}/${identity.accountId}/${id}`;
}

/** Where the files of its latest import lie: chunks that an earlier import left are not read. */
export function importFolder(run: RunFiles): string {
  return run.imports === undefined ? runFolder(run) : `${runFolder(run)}/import-${run.imports}`;
}

function chunkKey(run: RunFiles, kind: ChunkKind, index: number): string {
  return `${importFolder(run)}/${kind}-${String(index).padStart(5, "0")}.jsonl.gz`;
}

function rowKey(run: RunFiles, kind: ChunkKind, row: number): string {
  // "row-…", as the version before wrote them.
  return `${importFolder(run)}/${kind.slice(0, -1)}-${String(row).padStart(8, "0")}.json.gz`;
}
