import { join, resolve } from "node:path";
import { type ComparedTensor, Comparison } from "./comparison.ts";
import { type GoldenCase, openGoldenCase } from "./golden-case.ts";
import { replayControlNet } from "./replay-control-net.ts";
import { replayImageToImage } from "./replay-image-to-image.ts";
import { replayOmni } from "./replay-omni.ts";
import { replayTables } from "./replay-tables.ts";
import { replayTextEncoder, replayTokenizer } from "./replay-text.ts";
import { replayTextToImage } from "./replay-text-to-image.ts";
import { replayTrainStep } from "./replay-train-step.ts";
import { replayTransformer } from "./replay-transformer.ts";
import { replayVae } from "./replay-vae.ts";

export type ReplayResult =
  | { readonly case: string; readonly outcome: "agrees" | "differs" }
  | { readonly case: string; readonly outcome: "unsupported"; readonly kind: string };

type Runner = (golden: GoldenCase, checkpoints: string, comparison: Comparison) => Promise<void>;

const runners: ReadonlyMap<string, Runner> = new Map<string, Runner>([
  ["text-to-image", replayTextToImage],
  ["image-to-image", replayImageToImage],
  ["inpaint", replayImageToImage],
  ["controlnet", replayControlNet],
  ["controlnet-inpaint", replayControlNet],
  ["omni", replayOmni],
  ["vae", replayVae],
  ["unit-transformer", replayTransformer],
  ["unit-text-encoder", replayTextEncoder],
  ["unit-tokenizer", replayTokenizer],
  ["train-step", replayTrainStep],
  ["unit-tables", async (golden, _checkpoints, comparison) => replayTables(golden, comparison)],
]);

export const supportedKinds: readonly string[] = [...runners.keys()];

/**
 * Compute everything that a case of reference data holds and compare, through the loaders, graphs and pipeline that
 * serve real jobs.
 * @param caseDir - folder with `manifest.json` and `tensors.safetensors`
 * @param report - gets one line per compared tensor
 * @param checkpoints - folder with `layout.json`. @default `../checkpoints` beside the case
 * @param checkpoint - another form of the case's own checkpoint, which must give the same numbers.
 * @default the one the case names
 * @throws InvalidFileError when the case or its checkpoint is incomplete or damaged
 */
export async function replayCase(
  caseDir: string,
  report: (line: ComparedTensor) => void,
  checkpoints: string = join(resolve(caseDir), "..", "checkpoints"),
  checkpoint?: string,
): Promise<ReplayResult> {
  const stored = await openGoldenCase(caseDir);
  const golden = checkpoint === undefined ? stored : { ...stored, checkpoint };
  const run = runners.get(golden.kind);
  if (!run) return { case: golden.name, outcome: "unsupported", kind: golden.kind };
  const comparison = new Comparison(golden, report);
  await run(golden, checkpoints, comparison);
  return { case: golden.name, outcome: comparison.finish() ? "agrees" : "differs" };
}
