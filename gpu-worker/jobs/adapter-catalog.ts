import { existsSync, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { InvalidInputError } from "../../shared/errors.ts";

export const adapterKinds = ["loras", "controlnets"] as const;
export type AdapterKind = (typeof adapterKinds)[number];

/** Files that jobs may name by id, and no others: a request never holds a path. */
export interface AdapterCatalog {
  /** @throws InvalidInputError `adapter_not_found` naming the ids there are */
  path(kind: AdapterKind, id: string): string;
  /** What there is now, in alphabetical order of the ids. */
  entries(kind: AdapterKind): AdapterEntry[];
}

interface AdapterEntry {
  readonly id: string;
  readonly path: string;
}

/** Folders below one another, and files in all of them: more are left out. */
const maxDepth = 5;
const maxEntries = 10_000;
/** Ids named in an error. */
const maxShown = 20;

/**
 * The catalogue of a folder: `loras/NAME.safetensors` and `controlnets/NAME.safetensors`, also in subfolders, and
 * `controlnets/NAME/` with a `config.json`, under the id NAME, whatever characters it has. Read anew for every job, so
 * that a file that is put there can be used at once.
 */
export function openAdapterCatalog(folder: string): AdapterCatalog {
  return {
    path(kind, id) {
      const entries = entriesOf(folder, kind);
      // Folders of a Mac spell accents as two characters where people type one.
      const wanted = id.normalize().replace(/\.safetensors$/i, "");
      const entry = entries.find((found) => found.id === wanted);
      if (!entry) {
        const ids = entries.map((found) => found.id);
        throw unknownAdapter(kind, id, ids.sort());
      }
      // A link that leads out of the folder was put there by its owner; a name that does cannot be.
      return realpathSync(join(folder, kind, entry.name));
    },
    entries: (kind) =>
      entriesOf(folder, kind)
        .map(({ id, name }) => ({ id, path: join(folder, kind, name) }))
        .sort((a, b) => (a.id < b.id ? -1 : 1)),
  };
}

export function unknownAdapter(kind: AdapterKind, id: string, known: readonly string[] = []): InvalidInputError {
  const more = known.length > maxShown ? ` and ${known.length - maxShown} more; GET /v1/adapters lists them` : "";
  const ids =
    known.length > 0
      ? `there are ${known.slice(0, maxShown).join(", ")}${more}`
      : `there are none; put files into the folder ${kind} of ADAPTERS_DIR`;
  return new InvalidInputError("adapter_not_found", `${kind} has no ${JSON.stringify(id.slice(0, 100))}; ${ids}`, {
    param: kind === "loras" ? "loras" : "controlnet.id",
  });
}

interface Entry {
  readonly id: string;
  /** Path below the kind's folder. */
  readonly name: string;
}

function entriesOf(folder: string, kind: AdapterKind): Entry[] {
  const entries: Entry[] = [];
  collect(join(folder, kind), "", kind, entries);
  return entries;
}

function collect(root: string, below: string, kind: AdapterKind, entries: Entry[]): void {
  for (const name of namesIn(join(root, below))) {
    if (entries.length >= maxEntries) return;
    const path = below === "" ? name : `${below}/${name}`;
    const stats = statsOf(join(root, path));
    if (stats?.isFile() && /\.safetensors$/i.test(name)) {
      // Weights that a folder's config.json belongs to go by the name of the folder.
      if (kind === "loras" || !existsSync(join(root, below, "config.json"))) {
        entries.push({ id: path.normalize().replace(/\.safetensors$/i, ""), name: path });
      }
    } else if (stats?.isDirectory()) {
      if (kind === "controlnets" && existsSync(join(root, path, "config.json"))) {
        entries.push({ id: path.normalize(), name: path });
      } else if (path.split("/").length < maxDepth) {
        collect(root, path, kind, entries);
      }
    }
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => !name.startsWith("."));
  } catch {
    return [];
  }
}

/** @returns `undefined` for a link that leads nowhere or to itself, and for what was removed meanwhile */
function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}
