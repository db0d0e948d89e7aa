import { rmSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import type { EngineEvent } from "../gpu-worker/engine.ts";
import { releasedFolder } from "../gpu-worker/pipeline/component-config.ts";
import { loadEngine } from "../gpu-worker/runtime/engine-client.ts";
import { writeRandomModel } from "./random-model.ts";
import type { Report } from "./report.ts";
import { quantile } from "./statistics.ts";

export interface FullSizeOptions {
  /** Pixels. */
  readonly side: number;
  readonly steps: number;
  readonly threads: number;
  /** Main layers, fewer than the released 30 for a quick look. @default all */
  readonly layers?: number;
  /** Where the weights lie for as long as the run takes: 6.5 GB. @default the system's folder for temporary files */
  readonly dir?: string;
}

/** 23 tokens with the template, filled up to 32 in the transformer. */
const prompt = "a red fox standing in fresh snow at dawn, photograph";
const releasedLayers = 30;
/** What the refiners cost, in main layers: two see the picture alone, two the caption alone. */
const refinerEquivalents = 2;

/**
 * A picture by a model of the released shapes with random int4 weights, through the production engine: what the real model costs on this machine. The weights are
 * removed afterwards, also after Ctrl-C.
 */
export async function benchFullSize(
  report: Report,
  options: FullSizeOptions,
): Promise<void> {
  const { side, steps, threads, layers, dir = tmpdir() } = options;
  const folder = await mkdtemp(join(dir, "z-image-full-size-"));
  const interrupt = () => {
    rmSync(folder, { recursive: true, force: true });
    process.exit(130);
  };
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);
  try {
    const model = join(folder, "z-image-turbo");
    await mkdir(model);
    const tokenizer = join(import.meta.dirname, "../test/golden/checkpoints/tiny-turbo/tokenizer");
    const written = performance.now();
    const bytes = await writeRandomModel(model, releasedFolder, tokenizer, "int4", layers);
    const figure = (what: string, value: number, unit: string, detail = "") =>
      report({ bench: "full", what, value, unit, ...(detail && { detail }) });
    figure(
      "random weights written",
      bytes / 1e9,
      "GB",
      `int4, ${layers ?? releasedLayers} layers, in ${seconds(written).toFixed(0)} s`,
    );

    const loading = meter();
    const engine = await loadEngine({ modelDir: model, threads });
    const load = loading();
    figure("load", load.wallS, "s", `${load.cpuS.toFixed(1)} cpu-s`);
    figure("RSS after load", process.memoryUsage.rss() / 1e9, "GB");
    try {
      const stepFigures: Usage[] = [];
      let lap = meter();
      const params = {
        prompt,
        width: side,
        height: side,
        steps,
        guidance: 0,
        cfgNormalization: false,
        cfgTruncation: 1,
      };
      for await (const event of engine.generate({ ...params, seed: 1, format: "png", preview: false })) {
        const used = lap();
        lap = meter();
        await onEvent(event, used);
      }

      async function onEvent(event: EngineEvent, used: Usage): Promise<void> {
        if (event.type === "encoded") {
          figure("text encoder", used.wallS, "s", `${event.promptTokens} tokens, ${used.cpuS.toFixed(1)} cpu-s`);
        } else if (event.type === "step") {
          stepFigures.push(used);
          process.stderr.write(
            `step ${event.step} of ${event.total}: ${used.wallS.toFixed(1)} s, ${used.cpuS.toFixed(1)} cpu-s\n`,
          );
        } else {
          figure("VAE and PNG", used.wallS, "s", `${used.cpuS.toFixed(1)} cpu-s`);
          const { data, info } = await sharp(event.image.bytes).raw().toBuffer({ resolveWithObject: true });
          const colours = new Set(data).size;
          if (info.width !== side || info.height !== side || colours < 16) {
            throw new Error(
              `expected a picture of ${side}×${side}, got ${info.width}×${info.height} with ${colours} values`,
            );
          }
          figure("picture", event.image.bytes.length / 1e3, "kB", `PNG ${info.width}×${info.height}, decoded again`);
        }
      }

      // The first step also allocates what later ones use again.
      const warm = stepFigures.length > 1 ? stepFigures.slice(1) : stepFigures;
      const blocks = (layers ?? releasedLayers) + refinerEquivalents;
      const cpu = quantile(
        warm.map(({ cpuS }) => cpuS),
        0.5,
      );
      const detail = `${side}×${side}, ${threads} threads, median of ${warm.length}`;
      figure(
        "seconds per step",
        quantile(
          warm.map(({ wallS }) => wallS),
          0.5,
        ),
        "s",
        detail,
      );
      figure("CPU time per step", cpu, "cpu-s", "user and system");
      figure("CPU time per block", cpu / blocks, "cpu-s", `step ÷ ${blocks}`);
    } finally {
      await engine.close();
    }
    // The engine is a thread: this process is all there is.
    figure("RSS, highest of all processes", (process.resourceUsage().maxRSS * 1024) / 1e9, "GB");
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
    await rm(folder, { recursive: true, force: true });
  }
}

interface Usage {
  readonly wallS: number;
  /** Of all threads of the process, user and system. */
  readonly cpuS: number;
}

/** Start measuring. @returns what was used until it is called */
function meter(): () => Usage {
  const start = performance.now();
  const cpu = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return { wallS: seconds(start), cpuS: (user + system) / 1e6 };
  };
}

function seconds(start: number): number {
  return (performance.now() - start) / 1000;
}
