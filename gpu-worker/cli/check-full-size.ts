import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { z } from "zod";
import { PipelineError } from "../../shared/errors.ts";
import { buildTextEncoder, embeddingTable } from "../graph/architectures/text-encoder.ts";
import { buildVaeDecoder } from "../graph/architectures/vae-decoder.ts";
import { buildVaeEncoder } from "../graph/architectures/vae-encoder.ts";
import { textEncoderConfig, transformerConfig, vaeConfig } from "../graph/architectures/z-image-config.ts";
import { buildTransformer } from "../graph/architectures/z-image-transformer.ts";
import { encodeModel } from "../graph/encode-model.ts";
import { GraphBuilder } from "../graph/graph-builder.ts";
import type { FloatDtype } from "../graph/value.ts";
import { auditWeights, recordingWeights, type WeightRead } from "../graph/weight-audit.ts";
import { elementCount } from "../tensor.ts";
import { readJsonFile } from "../weights/folder/json-file.ts";

const help = `npm run check:full-size [-- --released DIR]

Build every graph at the size of the released models, without weights, and compare the weights
they read with the tensors of the released checkpoints: each exactly once, in its exact shape.

  --released DIR   folder with state-dict-full.json and MODEL/COMPONENT/config.json
                   (default: gpu-worker/weights/released)
  --help           this text

Exit code: 0 all agree, 1 something differs, 2 wrong arguments.`;

const models = ["z-image-turbo", "z-image"];

const stateDict = z.object({
  components: z.record(
    z.string(),
    z.looseObject({
      tensor_count: z.int(),
      parameters: z.int(),
      tensors: z.record(z.string(), z.array(z.int().nonnegative())),
    }),
  ),
});

/** One component of one model, or one variant of its graph. */
interface Component {
  readonly label: string;
  /** Key in the state dict. */
  readonly stored: "transformer" | "text_encoder" | "vae";
  readonly computeDtype: FloatDtype;
  readonly graphs: readonly ((g: GraphBuilder) => void)[];
  /** Weights read from the file beside the graphs. */
  readonly readDirectly?: readonly WeightRead[];
  readonly isUnused?: (name: string) => boolean;
}

async function components(folder: string): Promise<Component[]> {
  const config = <T>(component: string, schema: z.ZodType<T>) =>
    readJsonFile(join(folder, component, "config.json"), schema);
  const transformer = await config("transformer", transformerConfig);
  const textEncoder = await config("text_encoder", textEncoderConfig);
  const vae = await config("vae", vaeConfig);
  const unused = new RegExp(`^model\\.(layers\\.${textEncoder.layers - 1}|norm)\\.`);
  return [
    {
      label: "transformer",
      stored: "transformer",
      computeDtype: "bfloat16",
      graphs: [(g) => buildTransformer(g, transformer, { masked: false })],
    },
    {
      label: "transformer, masked",
      stored: "transformer",
      computeDtype: "bfloat16",
      graphs: [(g) => buildTransformer(g, transformer, { masked: true })],
    },
    {
      label: "text encoder",
      stored: "text_encoder",
      computeDtype: "bfloat16",
      graphs: [(g) => buildTextEncoder(g, textEncoder)],
      readDirectly: [embeddingTable(textEncoder)],
      // The prompt embeds are the output of the last layer but one, before the final norm.
      isUnused: (name) => unused.test(name),
    },
    {
      label: "VAE",
      stored: "vae",
      computeDtype: "float32",
      graphs: [(g) => buildVaeEncoder(g, vae), (g) => buildVaeDecoder(g, vae)],
    },
  ];
}

/** Print one line per component. @returns whether everything agrees */
export async function checkFullSize(released: string, print: (line: string) => void): Promise<boolean> {
  const { components: storedComponents } = await readJsonFile(join(released, "state-dict-full.json"), stateDict);
  let allOk = true;
  for (const model of models) {
    for (const { label, stored, computeDtype, graphs, readDirectly = [], isUnused } of await components(
      join(released, model),
    )) {
      const start = performance.now();
      const { source, reads } = recordingWeights();
      const builders = graphs.map((build) => {
        const g = new GraphBuilder({ weights: source, computeDtype });
        build(g);
        encodeModel(g, label);
        return g;
      });
      reads.push(...readDirectly);
      const ms = performance.now() - start;
      const expected = storedComponents[stored];
      const tensors = new Map(Object.entries(expected?.tensors ?? {}));
      const problems = auditWeights(reads, tensors, isUnused);
      if (expected?.tensor_count !== tensors.size)
        problems.push(`${tensors.size} tensors are listed, expected ${expected?.tensor_count}`);
      const nodes = builders.reduce((sum, { nodes }) => sum + nodes.length, 0);
      const parameters = reads.reduce((sum, { dims }) => sum + elementCount(dims), 0);
      print(
        [
          model.padEnd(14),
          label.padEnd(20),
          `${reads.length} of ${tensors.size} tensors`.padStart(18),
          `${parameters.toLocaleString("en")} parameters`.padStart(25),
          `${nodes} nodes`.padStart(11),
          `${ms.toFixed(0)} ms`.padStart(7),
          problems.length === 0 ? "  ok" : "  DIFFERS",
        ].join(" "),
      );
      for (const problem of problems.slice(0, 20)) print(`  ${problem}`);
      if (problems.length > 20) print(`  and ${problems.length - 20} more`);
      allOk &&= problems.length === 0;
    }
  }
  return allOk;
}

async function main(): Promise<number> {
  const released = fileURLToPath(new URL("../weights/released", import.meta.url));
  let values: { released: string; help: boolean };
  try {
    ({ values } = parseArgs({
      options: { released: { type: "string", default: released }, help: { type: "boolean", default: false } },
    }));
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${help}`);
    return 2;
  }
  if (values.help) {
    console.log(help);
    return 0;
  }
  try {
    return (await checkFullSize(values.released, console.log)) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    console.error(error.message);
    return 1;
  }
}

if (import.meta.main) process.exitCode = await main();
