import { createHash } from "node:crypto";
import { createReadStream, openAsBlob } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import type { RunRequest } from "../api.ts";
import { type CommandInput, type Context, UsageError } from "./command.ts";
import { flag, number, pairs, text, texts } from "./option-values.ts";
import { zipFolder } from "./zip-folder.ts";

/** Identifies the run of this command: the same for the same table, shots and options, whenever they come again. */
export async function importFingerprint({ values, positionals }: CommandInput): Promise<string> {
  const { start: _, out: __, ...wishes } = values;
  const digest = createHash("sha256").update(
    JSON.stringify([Object.entries(wishes).sort(), basename(positionals[0]!)]),
  );
  for await (const piece of createReadStream(positionals[0]!)) digest.update(piece as Buffer);
  const shots = text(values, "shots");
  // A pipe can be read once only, and a missing file is reported where its shots are used.
  const isFile = shots !== undefined && (await stat(shots).catch(() => undefined))?.isFile();
  if (isFile) digest.update(await readFile(shots));
  return digest.digest("hex").slice(0, 32);
}

/** The request of `zimage run import`, for which its files are uploaded. */
export async function importRequest(
  { values, positionals }: CommandInput,
  import_: string,
  { client, signal }: Context,
): Promise<RunRequest> {
  const path = positionals[0]!;
  const shots = await shotsOf(values);
  const maxCost = number(values, "max-cost");
  const { files } = await client();
  const upload = async (name: string) =>
    (await files.upload(await openAsBlob(name), { filename: basename(name), signal })).id;
  const photos = text(values, "pictures");
  const marketplaces = texts(values, "marketplace") as NonNullable<RunRequest["marketplaces"]>;
  const zip = async (path: string) => {
    if (!(await stat(path)).isDirectory()) return upload(path);
    return (await files.upload(await zipFolder(path), { filename: "pictures.zip", signal })).id;
  };
  return {
    source: { file_id: await upload(path) },
    pictures: photos === undefined ? undefined : { file_id: await zip(photos) },
    metadata: { import: import_ },
    ...shots,
    run_key: text(values, "run-key"),
    model: text(values, "model"),
    naming: text(values, "naming"),
    mapping: pairs(values, "map") as RunRequest["mapping"],
    profile: text(values, "profile"),
    encoding: text(values, "encoding"),
    language: text(values, "language"),
    sheet: text(values, "sheet"),
    header_row: number(values, "header-row"),
    ...(marketplaces.length > 0 && { marketplaces }),
    accept_warnings: flag(values, "accept-warnings"),
    redraw: redrawOf(values),
    max_cost: maxCost === undefined ? undefined : Math.round(maxCost * 1_000_000),
  };
}

function redrawOf(values: CommandInput["values"]): RunRequest["redraw"] {
  const [which, skus] = [text(values, "redraw"), texts(values, "redraw-sku")];
  if (skus.length === 0) return which as RunRequest["redraw"];
  if (which !== undefined) throw new UsageError("give one of --redraw and --redraw-sku");
  return { skus };
}

async function shotsOf(values: CommandInput["values"]): Promise<Pick<RunRequest, "preset" | "shots">> {
  const [presets, prompt, file] = [texts(values, "preset"), text(values, "prompt"), text(values, "shots")];
  const given = [presets.length > 0, prompt !== undefined, file !== undefined].filter(Boolean).length;
  if (given !== 1) throw new UsageError("give one of --preset, --prompt and --shots");
  if (presets.length > 0) return { preset: presets as NonNullable<RunRequest["preset"]> };
  if (prompt !== undefined) {
    const size = text(values, "size");
    return { shots: [{ id: "main", method: "draw", prompt, size }] };
  }
  try {
    return { shots: JSON.parse(await readFile(file!, "utf8")) as NonNullable<RunRequest["shots"]> };
  } catch (error) {
    throw new UsageError(`--shots must be a JSON file with a list of shots: ${(error as Error).message}`);
  }
}
