import { createLinkSigner } from "../../../shared/access/signed-link.ts";
import { resultLinkS } from "../../../shared/limits.ts";
import type { Objects } from "../../../shared/ports/objects.ts";
import { jobFailure, openaiError } from "../../api/dialects/openai/errors.ts";
import { imagesResponse } from "../../api/dialects/openai/response.ts";
import { type FilePart, UploadedFiles } from "../../api/files/uploaded-files.ts";
import { drawnJob } from "../rows/drawn-job.ts";
import type { Finish, OutputFile, Run, RunRow } from "../run.ts";
import type { FaceDependencies } from "../run-face.ts";
import { endOf } from "../run-rules.ts";
import { readRows } from "../run-store.ts";
import type { Turn } from "../steps/turn.ts";

type FinishDependencies = Pick<
  FaceDependencies,
  "items" | "objects" | "jobs" | "clock" | "newId" | "linkSecret" | "maxBase64Bytes" | "partBytes"
>;

const defaultMaxBase64Bytes = 20_000_000;
const defaultPartBytes = 4_000_000;
const contentType = "application/jsonl";
const files = ["output", "errors"] as const;

/**
 * The last step: writes the files of a run, a part after the other, out of its rows, which hold all that their lines
 * need. After a crash it goes on behind the last part that the run's item names.
 *
 * @returns lines written
 */
export async function finishBatch(turn: Turn, dependencies: FinishDependencies): Promise<number> {
  const { items, clock, newId, partBytes = defaultPartBytes } = dependencies;
  const first: Finish = turn.run.finish ?? {
    next: 0,
    output: { fileId: `file-${newId()}`, parts: [] },
    errors: { fileId: `file-${newId()}`, parts: [] },
  };
  await turn.keep(() => ({ finish: first }));
  const { run } = turn;
  let state = first;
  let lines = 0;
  let held: { readonly [file in (typeof files)[number]]: Uint8Array[] } = { output: [], errors: [] };
  let heldBytes = 0;
  const signed = new LineMaker(run, dependencies);

  async function flush(next: number): Promise<void> {
    for (const name of files) state = { ...state, [name]: await storePart(run, state[name], held[name], dependencies) };
    state = { ...state, next };
    held = { output: [], errors: [] };
    heldBytes = 0;
    await turn.keep(() => ({ finish: state }));
  }

  for await (const row of readRows(items, run, first.next)) {
    const { isDrawn, line } = await signed.lineOf(row);
    held[isDrawn ? "output" : "errors"].push(line);
    heldBytes += line.length;
    lines++;
    if (heldBytes >= partBytes) await flush(row.row + 1);
  }
  await flush(run.total);
  const outputFileId = await makeFile(run, state.output, `${run.id}_output.jsonl`, dependencies);
  const errorFileId = await makeFile(run, state.errors, `${run.id}_error.jsonl`, dependencies);
  const now = clock.now();
  await turn.end((ended) => ({
    ...ended,
    finish: undefined,
    paused: undefined,
    status: endOf(ended),
    finishedAt: now,
    nextAt: now,
    outputFileId,
    errorFileId,
  }));
  return lines;
}

async function storePart(
  run: Run,
  { fileId, parts }: OutputFile,
  lines: readonly Uint8Array[],
  { objects }: FinishDependencies,
): Promise<OutputFile> {
  if (lines.length === 0) return { fileId, parts };
  const body = Buffer.concat(lines);
  await objects.put(partKey(run, fileId, parts.length), body, { contentType });
  return { fileId, parts: [...parts, body.length] };
}

/** @returns its id; nothing where there is no line for it */
async function makeFile(
  run: Run,
  { fileId, parts }: OutputFile,
  filename: string,
  dependencies: FinishDependencies,
): Promise<string | undefined> {
  if (parts.length === 0) return undefined;
  const { accountId } = run.identity;
  const { outputExpiresAfterS: expiresAfterS } = run;
  const named = { id: fileId, accountId, filename, contentType, purpose: "batch_output" };
  const file = { ...named, metadata: {}, hasLinks: true, expiresAfterS };
  const stored = parts.map((bytes, index): FilePart => ({ key: partKey(run, fileId, index), bytes }));
  return (await new UploadedFiles(dependencies).createFromParts(file, stored)).id;
}

function partKey({ identity }: Run, fileId: string, index: number): string {
  return `in/${identity.accountId}/${fileId}/part-${String(index).padStart(5, "0")}`;
}

/** The files of a drawn row. */
function readBase64({ id, images }: NonNullable<RunRow["drawn"]>, objects: Objects): Promise<string[]> {
  return Promise.all(
    images.map(async ({ key }) => {
      const stored = await objects.get(key);
      if (stored === undefined) throw new Error(`job ${id} has succeeded but its object ${key} is missing`);
      return Buffer.from(stored.body).toString("base64");
    }),
  );
}

/** Rows as lines of OpenAI's output files. */
class LineMaker {
  readonly #run: Run;
  readonly #dependencies: FinishDependencies;
  #roomBytes: number;

  constructor(run: Run, dependencies: FinishDependencies) {
    this.#run = run;
    this.#dependencies = dependencies;
    this.#roomBytes = dependencies.maxBase64Bytes ?? defaultMaxBase64Bytes;
  }

  async lineOf(row: RunRow): Promise<{ readonly isDrawn: boolean; readonly line: Uint8Array }> {
    const { id } = this.#run;
    const { status, body } = await this.#response(await this.#complete(row));
    const response = { status_code: status, request_id: row.jobId ?? `${id}-${row.row}`, body };
    const line = { id: `batch_req_${id.slice(6)}_${row.row}`, custom_id: row.key, response, error: null };
    return { isDrawn: status === 200, line: Buffer.from(`${JSON.stringify(line)}\n`) };
  }

  async #response({ drawn, refused }: RunRow): Promise<{ readonly status: number; readonly body: unknown }> {
    if (drawn === undefined) return refused ?? openaiError(new Error("a row has no outcome"));
    const { linkSecret: secret, clock, objects } = this.#dependencies;
    const link = createLinkSigner({ secret, origin: this.#run.origin, now: () => clock.now(), lifeS: resultLinkS });
    // Known before any image is read.
    const bytes = drawn.images.reduce((sum, image) => sum + image.bytes, 0);
    const isInline = drawn.response === "b64" && bytes <= this.#roomBytes;
    if (isInline) this.#roomBytes -= bytes;
    const body = isInline
      ? imagesResponse(drawn, { files: await readBase64(drawn, objects), link })
      : imagesResponse({ ...drawn, response: "url" }, { files: [], link });
    return { status: 200, body };
  }

  /** Rows of the version before name their job and no more. */
  async #complete(row: RunRow): Promise<RunRow> {
    if (row.drawn !== undefined || row.refused !== undefined || row.jobId === undefined) return row;
    const job = await this.#dependencies.jobs.get(row.jobId);
    if (job?.status === "succeeded") return { ...row, drawn: drawnJob(job) };
    const { status, body } = openaiError(job ? jobFailure(job) : new Error(`job ${row.jobId} is gone`));
    return { ...row, refused: { status, body: { error: { ...body.error } } } };
  }
}
