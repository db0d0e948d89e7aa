import { statSync } from "node:fs";
import { join } from "node:path";
import { InvalidFileError } from "../../../shared/errors.ts";
import {
  type ControlNetConfig,
  controlNetConfig,
  inferControlNetConfig,
} from "../../graph/architectures/control-net-config.ts";
import type { TransformerConfig } from "../../graph/architectures/z-image-config.ts";
import type { Checkpoint } from "../../weights/checkpoint.ts";
import { identifyFile } from "../../weights/folder/identify-file.ts";
import { readJsonFile } from "../../weights/folder/json-file.ts";
import { loadCheckpoint } from "../../weights/load-checkpoint.ts";

export interface ControlNet {
  /** As it was asked for. */
  readonly path: string;
  readonly config: ControlNetConfig;
  readonly checkpoint: Checkpoint;
}

/**
 * A ControlNet: a folder with `config.json` (diffusers), or the published file alone, whose tensors tell its
 * generation.
 * @throws InvalidFileError naming what is missing, or why it does not fit the transformer
 */
export async function openControlNet(path: string, base: TransformerConfig): Promise<ControlNet> {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory();
  if (isFolder === undefined)
    throw new InvalidFileError(`${path}: expected a ControlNet folder or file, found nothing`);
  const checkpoint = await loadCheckpoint(path);
  const config = isFolder
    ? await readJsonFile(join(path, "config.json"), controlNetConfig)
    : inferControlNetConfig(checkpoint, base);
  if (!config) {
    const file = identifyFile(path);
    if ("holds" in file && file.holds !== "a ControlNet") {
      throw new InvalidFileError(`${path} holds ${file.holds}, expected a ControlNet of Z-Image`);
    }
    throw new InvalidFileError(
      `${path}: the tensors do not tell which layers this ControlNet acts on; put it in a folder with the ` +
        "config.json of its diffusers form",
    );
  }
  const outside = config.places.find((place) => place >= base.layers);
  if (config.dim !== base.dim || outside !== undefined) {
    throw new InvalidFileError(
      `${path}: is for a transformer of width ${config.dim} and at least ${Math.max(...config.places) + 1} ` +
        `layers; this one has width ${base.dim} and ${base.layers} layers`,
    );
  }
  return { path, config, checkpoint };
}
