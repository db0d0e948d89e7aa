import { execFile } from "node:child_process";
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { OnnxSession } from "../../gpu-worker/runtime/onnx-session.ts";
import { encodeSafetensors } from "../../gpu-worker/weights/formats/write-safetensors.ts";
import { relativeError } from "../../test/support/engine/relative-error.ts";
import { type Report, reportOf } from "../report.ts";
import { quantile } from "../statistics.ts";
import { dim, tokens } from "./block.ts";
import { type BlockForm, gaussianInput, openForm, outlierInput, randomBlock } from "./block-in-form.ts";
import { meter, type Usage } from "./measure-image.ts";

const runs = 7;

/** One full-width transformer block in every form of weights, beside PyTorch where `python3` has it. */
export async function benchBlock(report: Report): Promise<void> {
  const threads = availableParallelism();
  const figure = reportOf("block", report);
  const detail = `dim ${dim}, ${tokens} tokens, ${threads} threads, median of ${runs}`;
  const medians = new Map<string, number>();
  const tell = (label: string, milliseconds: number, cpuMilliseconds: number) => {
    medians.set(label, cpuMilliseconds);
    figure(label, milliseconds, "ms", detail);
    figure(`${label}, CPU time`, cpuMilliseconds, "ms", "user and system");
  };
  for (const { label, runs: used, errors, ownErrors } of await measureForms(threads)) {
    const median = (pick: (usage: Usage) => number) => 1000 * quantile(used.map(pick), 0.5);
    tell(
      label,
      median(({ wallS }) => wallS),
      median(({ cpuS }) => cpuS),
    );
    const inputs = ["Gaussian", "planted outliers"] as const;
    for (const [at, input] of inputs.entries()) {
      if (label !== "float32") figure(`${label}, error, ${input}`, 100 * errors[at]!, "%", "of the block's output");
      if (ownErrors) figure(`${label}, error, ${input}`, 100 * ownErrors[at]!, "%", "to float32 with the same weights");
    }
  }
  const ratio = (a: string, b: string) => figure(`CPU time, ${a} ÷ ${b}`, medians.get(a)! / medians.get(b)!, "");
  ratio("w8a8", "int4");
  for (const dtype of ["float32", "bfloat16"]) {
    const peer = await peerBlock(threads, dtype);
    if (!peer) return console.error(`block    no peer to compare with: python3 has no torch with ${dtype} here`);
    tell(peer.runtime, peer.milliseconds, peer.cpuMilliseconds);
    ratio(peer.runtime, "w8a8");
  }
}

async function peerBlock(threads: number, dtype: string) {
  const script = join(import.meta.dirname, "peer-block.py");
  for (const python of ["python3", "/usr/bin/python3"]) {
    try {
      const args = [script, String(tokens), String(threads), String(runs), dtype];
      const { stdout } = await promisify(execFile)(python, args);
      const { runtime, milliseconds, cpu_milliseconds } = JSON.parse(stdout) as Record<
        "milliseconds" | "cpu_milliseconds",
        number[]
      > & { runtime: string };
      return {
        runtime,
        milliseconds: quantile(milliseconds, 0.5),
        cpuMilliseconds: quantile(cpu_milliseconds, 0.5),
      };
    } catch {
      // This interpreter, or torch in it, is not here.
    }
  }
  return undefined;
}

/** `int8-convrot` is the weights of w8a8 computed in float32: what it loses by its activations is the rest. */
const forms: readonly BlockForm[] = [
  { label: "float32" },
  { label: "int4", target: "int4" },
  { label: "int8", target: "int8" },
  { label: "w8a8", target: "int8-convrot", options: { integerProducts: "u8s8" } },
  { label: "int8-convrot", target: "int8-convrot" },
];

interface FormFigures {
  readonly label: string;
  readonly runs: readonly Usage[];
  /** Relative to the block's output with the original weights in float32, on Gaussian and on planted-outlier input. */
  readonly errors: readonly [number, number];
  /** The same, relative to the output with these weights in float32. */
  readonly ownErrors: readonly [number, number] | undefined;
}

/** One full-width block in every form, run in turns so that neighbours disturb all alike. */
async function measureForms(threads: number): Promise<FormFigures[]> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "z-image-forms-")));
  const sessions: { form: BlockForm; session: OnnxSession; outputs: Float32Array[]; runs: Usage[] }[] = [];
  try {
    const original = join(folder, "original.safetensors");
    await writeFile(original, encodeSafetensors(Object.fromEntries(randomBlock())));
    const inputs = [gaussianInput(), outlierInput()];
    for (const form of forms) {
      const session = await openForm(folder, original, form, threads);
      const outputs: Float32Array[] = [];
      for (const feeds of inputs) outputs.push((await session.run(feeds)).get("y")!.data as Float32Array);
      sessions.push({ form, session, outputs, runs: [] });
    }
    for (let run = 0; run < runs; run++) {
      for (const each of sessions) {
        const used = meter();
        await each.session.run(inputs[0]!);
        each.runs.push(used());
      }
    }
    const [exact] = sessions;
    const expanded = sessions.at(-1)!;
    const errorsTo = (outputs: readonly Float32Array[], reference: readonly Float32Array[]): [number, number] => [
      relativeError(outputs[0]!, reference[0]!),
      relativeError(outputs[1]!, reference[1]!),
    ];
    return sessions.map(({ form, outputs, runs: timed }) => ({
      label: form.label,
      runs: timed,
      errors: errorsTo(outputs, exact!.outputs),
      ownErrors: form.label === "w8a8" ? errorsTo(outputs, expanded.outputs) : undefined,
    }));
  } finally {
    for (const { session } of sessions) await session.release();
    await rm(folder, { recursive: true, force: true });
  }
}
