import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { encodeSafetensors } from "../../gpu-worker/weights/formats/write-safetensors.ts";
import { relativeError } from "../../test/support/engine/relative-error.ts";
import { type Report, reportOf } from "../report.ts";
import { type BlockForm, gaussianInput, openForm, outlierInput, randomBlock } from "./block-in-form.ts";

/** Layers that read the same activations together, as they share their codes. */
const layers = [
  "attention.to_q|attention.to_k|attention.to_v",
  "attention.to_out.0",
  "feed_forward.w1|feed_forward.w3",
  "feed_forward.w2",
];

/**
 * Where the error of w8a8 comes from: the same block as `bench -- block` with one kind of layers at a time in integer
 * products, and with their weights alone rounded. Independent errors add up as squares.
 */
export async function benchBlockErrors(report: Report): Promise<void> {
  const figure = reportOf("block-errors", report);
  const folder = await realpath(await mkdtemp(join(tmpdir(), "z-image-errors-")));
  try {
    const original = join(folder, "original.safetensors");
    await writeFile(original, encodeSafetensors(Object.fromEntries(randomBlock())));
    const inputs = { Gaussian: gaussianInput(), "planted outliers": outlierInput() };
    const outputs = async (form: BlockForm) => {
      const session = await openForm(folder, original, form, availableParallelism());
      try {
        const results: Float32Array[] = [];
        for (const feeds of Object.values(inputs)) {
          results.push((await session.run(feeds)).get("y")!.data as Float32Array);
        }
        return results;
      } finally {
        await session.release();
        await rm(join(folder, `${form.label}.safetensors`), { force: true });
      }
    };
    const exact = await outputs({ label: "float32" });
    for (const names of ["all", ...layers]) {
      const only = names === "all" ? undefined : new RegExp(names.replaceAll(".", "\\."));
      const shared = { target: "int8-convrot", only } as const;
      for (const [what, form] of [
        ["w8a8", { label: "layers", ...shared, options: { integerProducts: "u8s8" } }],
        ["their weights alone", { label: "weights", ...shared }],
      ] satisfies [string, BlockForm][]) {
        for (const [at, output] of (await outputs(form)).entries()) {
          const error = 100 * relativeError(output, exact[at]!);
          figure(`${names.replaceAll("|", ", ")}: ${what}, ${Object.keys(inputs)[at]}`, error, "%");
        }
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
