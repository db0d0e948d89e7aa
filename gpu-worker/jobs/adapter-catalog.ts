import { readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { InvalidInputError } from "../../shared/errors.ts";

export const adapterKinds = ["loras", "controlnets"] as const;
export type AdapterKind = (typeof adapterKinds)[number];

/** Files that jobs may name by id, and no others: a request never holds a path. */
export interface AdapterCatalog {
  /** @throws InvalidInputError `adapter_not_found` naming the ids there are */
  path(kind: AdapterKind, id: string): string;
  /** The ids there are now, in alphabetical order. */
  ids(kind: AdapterKind): string[];
}

/**
 * The catalogue of a folder: `loras/NAME.safetensors`, `controlnets/NAME.safetensors` and `controlnets/NAME/`, under the id NAME. Read anew for every job, so that a file
 * that is put there can be used at once.
 */
export function openAdapterCatalog(folder: string): AdapterCatalog {
  return {
    path(kind, id) {
      const entry = entriesOf(folder, kind).find((found) => found.id === id);
      if (!entry)
        throw unknownAdapter(
          kind,
          id,
          entriesOf(folder, kind).map((found) => found.id),
        );
      // A link that leads out of the folder was put there by its owner; a name that does cannot be.
      return realpathSync(join(folder, kind, entry.name));
    },
    ids: (kind) =>
      entriesOf(folder, kind)
        .map(({ id }) => id)
        .sort(),
  };
}

export function unknownAdapter(kind: AdapterKind, id: string, known: readonly string[] = []): InvalidInputError {
  const ids =
    known.length > 0
      ? `there are ${known.join(", ")}`
      : `there are none; put files into the folder ${kind} of ADAPTERS_DIR`;
  return new InvalidInputError("adapter_not_found", `${kind} has no ${JSON.stringify(id.slice(0, 100))}; ${ids}`, {
    param: kind === "loras" ? "loras" : "controlnet.id",
  });
}

function entriesOf(folder: string, kind: AdapterKind): { readonly id: string; readonly name: string }[] {
  let names: string[];
  try {
    names = readdirSync(join(folder, kind));
  } catch {
    return [];
  }
  return names
    .filter(
      (name) =>
        !name.startsWith(".") &&
        (kind === "controlnets" ? !/\.(json|txt|md)$/.test(name) : name.endsWith(".safetensors")),
    )
    .map((name) => ({ id: name.replace(/\.safetensors$/, ""), name }));
}
