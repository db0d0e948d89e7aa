import { join } from "node:path";
import type { Run } from "../../api.ts";
import { ZImageError } from "../../errors.ts";
import type { ManifestLine } from "../../runs.ts";
import { type Command, type CommandInput, type Context, UsageError } from "../command.ts";
import { describeError } from "../describe-error.ts";
import { exitCodeOf, exitCodes } from "../exit-codes.ts";
import { isSavedFile, saveFile } from "../image-files.ts";
import { importFingerprint, importRequest } from "../import-request.ts";
import { flag, text } from "../option-values.ts";
import { describeFile, describePlan, reportRun, showProgress } from "../runs/describe-run.ts";
import { printable } from "../terminal.ts";

const run = { name: "RUN", required: true };
const downloadsAtOnce = 8;

const importFile: Command = {
  name: "run import",
  summary: "draw images of every product of a table",
  positionals: [{ name: "FILE", required: true }],
  options: {
    preset: {
      type: "string",
      value: "NAME",
      multiple: true,
      help: "A ready-made shot, such as main_white or lifestyle. Repeatable.",
    },
    prompt: {
      type: "string",
      short: "p",
      value: "TEXT",
      help: 'In place of presets: a template such as "a {{title}}".',
    },
    size: { type: "string", short: "s", value: "WxH", help: "Size of that shot. Default: the model's." },
    shots: {
      type: "string",
      value: "FILE",
      path: true,
      help: "In place of presets: a JSON file with a list of shots.",
    },
    map: {
      type: "string",
      value: "FIELD=COLUMN",
      multiple: true,
      help: "The column of sku, title, image … Repeatable.",
    },
    pictures: { type: "string", value: "ZIP|FOLDER", path: true, help: "Photos that the table names." },
    "run-key": {
      type: "string",
      value: "KEY",
      help: "What is drawn under one key is not drawn again. Default: default.",
    },
    model: { type: "string", short: "m", value: "ID", help: "Id from zimage models." },
    naming: { type: "string", value: "PATTERN", help: "File names. Default: {sku}_{shot}_{n}." },
    marketplace: {
      type: "string",
      value: "NAME",
      multiple: true,
      help: "Put the numbers of each image beside those of a marketplace, such as amazon_main. Repeatable.",
    },
    "max-cost": {
      type: "string",
      value: "AMOUNT",
      help: "The run pauses before it costs more, in units such as 12.50.",
    },
    redraw: { type: "string", value: "WHICH", choices: ["changed", "all"], help: "Default: changed." },
    "redraw-sku": {
      type: "string",
      value: "SKU",
      multiple: true,
      help: "Draw this product again although nothing has changed. Repeatable.",
    },
    profile: {
      type: "string",
      value: "NAME",
      help: "The shop's export that the file is. Default: found by its columns.",
    },
    encoding: { type: "string", value: "NAME", help: "Encoding of a text. Default: found." },
    language: { type: "string", value: "TAG", help: "Of columns in several languages, such as de-DE." },
    sheet: { type: "string", value: "NAME", help: "Sheet of a workbook. Default: the one with most rows." },
    "header-row": { type: "string", value: "LINE", help: "Line of the header, from 1. Default: found." },
    "accept-warnings": { type: "boolean", help: "Begin though many rows do not fit the header." },
    "dry-run": { type: "boolean", help: "Say what would be drawn and what it would cost, and draw nothing." },
    start: { type: "boolean", help: "Begin without asking." },
    out: {
      type: "string",
      short: "o",
      value: "FOLDER",
      path: true,
      help: "Begin, wait, and save files and manifest there.",
    },
  },
  notes:
    "FILE is a shop's export: CSV, TSV, Excel, JSON lines or an XML feed. Without --start or --out the run waits when " +
    "its file is read,\nand this says what is new, changed and unchanged. Ends with 3 when some images could not be had.",
  async run(input, context) {
    const { values } = input;
    const { terminal, signal } = context;
    const { runs } = await context.client();
    const out = text(values, "out");
    const starts = !flag(values, "dry-run") && (flag(values, "start") || out !== undefined);
    const isDry = flag(values, "dry-run");
    const import_ = await importFingerprint(input);
    const begun = isDry ? undefined : await unfinished(import_, context);
    if (begun !== undefined) terminal.note(`going on with ${begun.id}, which this command has begun before`);
    const id = begun?.id ?? (await runs.create(await importRequest(input, import_, context), { signal })).id;
    return interruptible(id, { isDry, out }, context, () => followImport(id, { starts, out }, input, context));
  },
};

/** A run of the same command that goes on by itself since it was left alone, by Ctrl-C or a lost connection. */
async function unfinished(import_: string, { client, signal }: Context): Promise<Run | undefined> {
  const { data } = await (await client()).runs.list({ limit: 20 }, { signal });
  return data.find(({ metadata, status }) => metadata.import === import_ && goingOn.has(status));
}

const goingOn: ReadonlySet<Run["status"]> = new Set(["importing", "running", "paused", "finishing"]);

/** Says how to go on with a run that goes on by itself when its command is interrupted. */
async function interruptible(
  id: string,
  { isDry, out }: { readonly isDry: boolean; readonly out: string | undefined },
  { client, terminal, signal }: Context,
  work: () => Promise<number>,
): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (!signal.aborted) throw error;
    if (isDry) await (await client()).runs.cancel(id).catch(() => undefined);
    else {
      const pull = out === undefined ? "" : `, then: zimage run pull ${id} -o ${out}`;
      terminal.note(`${id} goes on without you; look at it with: zimage run watch ${id}${pull}`);
    }
    throw error;
  }
}

async function followImport(
  id: string,
  { starts, out }: { readonly starts: boolean; readonly out: string | undefined },
  { values }: CommandInput,
  context: Context,
): Promise<number> {
  const { terminal, json, signal } = context;
  const { runs } = await context.client();
  const read = await runs.wait(id, { signal, onProgress: (now) => showProgress(now, context) });
  if (read.problem !== null) throw new ZImageError(`${read.problem.message} (${read.problem.code})`);
  if (!json) for (const line of await describeFile(id, context)) terminal.print(line);
  if (!json) for (const line of await describePlan(read, context)) terminal.print(line);
  if (flag(values, "dry-run")) return reportRun(await runs.cancel(id, { signal }), context);
  if (!starts) {
    if (read.status === "ready") terminal.note(`begin it with: zimage run start ${id}`);
    return reportRun(read, context);
  }
  const accept = { acceptWarnings: flag(values, "accept-warnings") };
  if (read.status === "ready") await runs.start(id, { ...accept, signal });
  if (out === undefined) {
    terminal.note(`watch it with: zimage run watch ${id}`);
    return reportRun(await runs.get(id, { signal }), context);
  }
  const done = await runs.wait(id, { signal, onProgress: (now) => showProgress(now, context) });
  if (done.status === "paused") terminal.error(`paused: ${done.paused?.message}; go on with: zimage run resume ${id}`);
  return savePictures(done, out, context);
}

/** Saves what is not there yet, and the manifest beside it. */
async function savePictures(found: Run, folder: string, context: Context): Promise<number> {
  const { client, terminal, json, signal } = context;
  const { runs } = await client();
  const lines = await runs.manifest(found.id, { signal });
  const waiting = [...lines].reverse();
  let [saved, kept, failed] = [0, 0, 0];
  async function work(): Promise<void> {
    for (let line = waiting.pop(); line !== undefined; line = waiting.pop()) {
      if (line.file === null) {
        if (line.status !== "failed") continue;
        failed++;
        terminal.error(`${printable(line.sku)} ${line.shot}: ${printable(line.error ?? "")} (${line.error_code})`);
        continue;
      }
      const path = join(folder, plainName(line));
      if (await isSavedFile(path, line.sha256!)) {
        kept++;
        continue;
      }
      try {
        await saveFile(path, await runs.download(line, { signal }));
        saved++;
        terminal.progress((saved + kept) / lines.length, `${saved + kept} of ${lines.length} files`);
      } catch (error) {
        if (!(error instanceof ZImageError)) throw error;
        failed++;
        terminal.error(`${printable(line.file)}: ${describeError(error)}`);
      }
    }
  }
  await Promise.all(Array.from({ length: downloadsAtOnce }, work));
  await saveFile(join(folder, "manifest.csv"), await runs.manifestFile(found.id, "csv", { signal }));
  if (json) terminal.json({ type: "run", run: found, saved, kept, failed });
  else
    terminal.print(
      `${saved} files saved, ${kept} were there, ${failed} failed; cost ${found.cost.charged_decimal} ${found.cost.currency}`,
    );
  return exitCodeOf(saved + kept, failed);
}

/** Names come from a server, and must not leave the folder whatever it says. */
function plainName({ file }: ManifestLine): string {
  const isPlain = /^[^/\\\p{Cc}]{1,200}$/u.test(file!) && !/^\.{1,2}$/.test(file!) && file !== "manifest.csv";
  if (isPlain) return file!;
  throw new ZImageError(`the server names a file ${JSON.stringify(file!.slice(0, 200))}; nothing was written for it`);
}

const pull: Command = {
  name: "run pull",
  summary: "save the files of a run and its manifest",
  positionals: [run],
  options: {
    out: { type: "string", short: "o", value: "FOLDER", path: true, help: "Output folder. Default: the current one." },
  },
  notes: "What is there already, byte for byte, is not fetched again, so that a pull that was cut off can be repeated.",
  async run({ values, positionals }, context) {
    const found = await (await context.client()).runs.get(positionals[0]!, { signal: context.signal });
    return savePictures(found, text(values, "out") ?? ".", context);
  },
};

const list: Command = {
  name: "run list",
  summary: "list the account's runs, newest first",
  async run(_, { client, terminal, json, signal }) {
    const { data } = await (await client()).runs.list({ limit: 100 }, { signal });
    if (json) for (const found of data) terminal.json(found);
    else terminal.table([["RUN", "STATUS", "CREATED", "DRAWN", "FAILED", "KEY"], ...data.map(row)]);
    return exitCodes.ok;
  },
};

function row({ id, status, created_at, counts, run_key }: Run): string[] {
  const created = created_at.slice(0, 19).replace("T", " ");
  return [id, status, created, `${counts.drawn} of ${counts.to_draw}`, String(counts.failed), run_key];
}

const watch: Command = {
  name: "run watch",
  summary: "wait until a run pauses or ends",
  positionals: [run],
  async run({ positionals }, context) {
    const { runs } = await context.client();
    const found = await runs.wait(positionals[0]!, {
      signal: context.signal,
      onProgress: (now) => showProgress(now, context),
    });
    reportRun(found, context);
    if (found.status === "paused") context.terminal.error(`paused: ${found.paused?.message}`);
    return found.status === "completed" ? exitCodes.ok : exitCodes.failed;
  },
};

const actions = {
  show: "show a run",
  start: "begin a run that is ready",
  pause: "begin no further image of a run",
  resume: "go on with a paused run",
  cancel: "end a run; what is drawn is kept",
} as const;

const actionCommands = Object.entries(actions).map(
  ([action, summary]): Command => ({
    name: `run ${action}`,
    summary,
    positionals: [run],
    async run({ positionals }, context) {
      const { runs } = await context.client();
      const call = { show: "get", start: "start", pause: "pause", resume: "resume", cancel: "cancel" } as const;
      const found = await runs[call[action as keyof typeof call]](positionals[0]!, { signal: context.signal });
      if (action === "show" && !context.json)
        for (const line of await describePlan(found, context)) context.terminal.print(line);
      if (action === "show" && !context.json) context.terminal.print(found.next);
      return reportRun(found, context);
    },
  }),
);

const remove: Command = {
  name: "run delete",
  summary: "delete a run that is over, or all that was drawn under a key",
  positionals: [{ name: "RUN", required: false }],
  options: {
    "run-key": {
      type: "string",
      value: "KEY",
      help: "In place of a run: the key, its images, public addresses and runs.",
    },
  },
  notes: "What a run has drawn stays under its key. There is no way back.",
  async run({ values, positionals: [id] }, { client, terminal, signal }) {
    const key = text(values, "run-key");
    const { runs } = await client();
    if ((id === undefined) === (key === undefined)) throw new UsageError("give one of RUN and --run-key");
    if (key === undefined) await runs.delete(id!, { signal });
    else await runs.deleteKey(key, { signal });
    terminal.print(`deleted ${id ?? key}`);
    return exitCodes.ok;
  },
};

export const runsCommands: readonly Command[] = [importFile, list, ...actionCommands, watch, pull, remove];
