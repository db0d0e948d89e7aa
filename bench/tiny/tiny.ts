import type { PrecisionChoice } from "../../gpu-worker/engine/choose-layout.ts";
import { loadEngine } from "../../gpu-worker/engine/engine-client.ts";
import { encodePng } from "../../gpu-worker/engine/images/encode-png.ts";
import type { Engine } from "../../gpu-worker/engine.ts";
import { writeFileAtomically } from "../../shared/process/write-file-atomically.ts";
import type { Report } from "../report.ts";
import { languages, loadScoreSet } from "./score-set.ts";
import { gates } from "./tiny-gates.ts";
import { scoreModel, scoreParams, type TinyScore } from "./tiny-score.ts";
import { contactSheet } from "./tiny-sheet.ts";

export interface TinyOptions {
  readonly modelDir: string;
  /** @default "auto" */
  readonly precision?: PrecisionChoice;
  /** Module that exports `scoreSet`. */
  readonly scoreSetPath: string;
  /** Images per language. */
  readonly captions: number;
  readonly seed: number;
  /** @default the model's own */
  readonly steps?: number;
  /** Where to write generated images beside their training images. */
  readonly sheet?: string;
}

/** Images that come before anything is measured: the first allocates what later ones use again. */
const warmUpImages = 3;
const warmUpSide = 128;

/**
 * Score a small model of known objects through the production engine.
 * @returns whether every gate is passed
 * @throws PipelineError when the model, the score set or the sheet's place is no good
 */
export async function benchTiny(report: Report, options: TinyOptions): Promise<boolean> {
  const engine = await loadEngine({ modelDir: options.modelDir, precision: options.precision });
  try {
    // Before a score set comes into memory: what is measured is a process with the engine alone, like a worker.
    const workerBytes = await residentBytes(engine, options.steps);
    const set = await loadScoreSet(options.scoreSetPath);
    const score = await scoreModel(engine, set, { ...options, onImage: printProgress });
    const passed = reportScore(report, score, options);
    report({
      bench: "tiny",
      what: "worker RSS, highest",
      value: workerBytes / 1e6,
      unit: "MB",
      detail: engine.model.id,
    });
    if (options.sheet !== undefined) {
      const sheet = contactSheet(languages.map((language) => score.pairs[language]));
      await writeFileAtomically(options.sheet, await encodePng(sheet));
    }
    return passed;
  } finally {
    await engine.close();
  }
}

async function residentBytes(engine: Engine, steps = engine.model.defaultSteps): Promise<number> {
  for (let seed = 0; seed < warmUpImages; seed++) {
    const params = scoreParams("a red apple", { width: warmUpSide, height: warmUpSide, steps, seed });
    for await (const _ of engine.generate(params));
  }
  return process.resourceUsage().maxRSS * 1024;
}

function printProgress(done: number, total: number): void {
  if (done % 50 === 0 || done === total) process.stderr.write(`tiny     ${done} of ${total} images\n`);
}

/** Figures first, then a line per gate. @returns whether every gate is passed */
export function reportScore(report: Report, score: TinyScore, { captions }: Pick<TinyOptions, "captions">): boolean {
  const figure = (what: string, value: number, unit: string, detail: string) =>
    report({ bench: "tiny", what, value, unit, detail });
  const among = `among ${score.candidates} images`;
  const half = Math.ceil(captions / 2);
  for (const language of languages) {
    const { top1, top5 } = score.retrieval[language];
    figure(`top-1, ${language}`, top1, "", `${captions} captions, ${among}, ${score.steps} steps`);
    figure(`top-5, ${language}`, top5, "", `${captions} captions, ${among}, ${score.steps} steps`);
  }
  for (const language of languages) {
    figure(`top-1, held-out words, ${language}`, score.heldOut[language].top1, "", `${half} captions, ${among}`);
  }
  figure("PSNR, mean", score.psnrMean, "dB", `${2 * captions} images against their training images`);
  figure("PSNR, 10th percentile", score.psnrTenthPercentile, "dB", "of the same");
  figure("background right", score.backgroundRight, "", `${half} captions that name one, all four corners`);
  figure("seconds per image", score.secondsPerImage, "s", "median, text encoder to PNG");
  const results = gates(score);
  for (const { what, value, unit, atLeast, passed } of results) {
    figure(`gate ${passed ? "pass" : "FAIL"}: ${what}`, value, unit, `at least ${atLeast}`);
  }
  return results.every(({ passed }) => passed);
}
