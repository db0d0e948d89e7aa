import { catalogueFace } from "../catalogue/run/catalogue-face.ts";
import { openaiBatch } from "./openai-batch/openai-batch.ts";
import type { Run } from "./run.ts";
import type { RunFace } from "./run-face.ts";

const faces: { readonly [face in Run["face"]]: RunFace } = { openai_batch: openaiBatch, catalogue: catalogueFace };

export function faceOf({ face }: Pick<Run, "face">): RunFace {
  return faces[face];
}
