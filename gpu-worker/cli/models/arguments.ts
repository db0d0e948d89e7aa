import { parseArgs } from "node:util";
import { UsageError } from "../../../shared/process/command-line.ts";
import { type WeightForm, weightForms } from "./convert-model.ts";
import { type HubName, hubNames, type KnownModel, knownModels } from "./hubs.ts";

export type ModelsArguments =
  | { readonly verb: "help" }
  | {
      readonly verb: "pull";
      readonly model: KnownModel;
      readonly from: HubName;
      readonly mirror?: string;
      readonly revision?: string;
      readonly only?: readonly string[];
      readonly dir?: string;
    }
  | { readonly verb: "convert"; readonly modelDir: string; readonly to: WeightForm; readonly outDir: string }
  | {
      readonly verb: "push";
      readonly model: string;
      readonly bucket: string;
      readonly as?: string;
      readonly dir?: string;
    }
  | { readonly verb: "list"; readonly dir?: string }
  | { readonly verb: "verify" | "remove" | "info"; readonly model: string; readonly dir?: string };

export const modelsUsage = `Usage: npm run models -- VERB [options]

Gets checkpoints and looks after them.

  pull NAME          download ${Object.keys(knownModels).join(" or ")}; the same line again goes on after an interruption
  list               the models in the models folder
  info MODEL         components, tensors, dtypes, parameters and bytes; licence and origin
  verify MODEL       compare every file with its checksum
  remove MODEL       delete a model that pull or convert made
  convert --model MODEL --to FORM --out DIR   write the model with its weights in another form, to a new folder
  push MODEL --bucket BUCKET   upload a model to S3, where the workers of the fleet fetch it; the same line again goes on after an interruption

  NAME of a model in the models folder or the path of one is a MODEL: a Hugging Face folder, a ComfyUI models folder, a .safetensors or .gguf file

  --from HUB      ${hubNames.join(" or ")} (default: ${hubNames[0]})
  --mirror URL    address to ask in place of the hub's own
  --revision REV  commit, tag or branch
  --only PARTS    parts alone, with commas between: tokenizer,scheduler
  --dir DIR       the models folder (MODELS_DIR, default ./data/models)
  --to FORM       ${weightForms.join(", ")}:
                  bf16       every value in 16 bits
                  int8       linear layers in 8 bits and a scale per 32 values
                  int4       linear layers in 4 bits and a scale per 32 values
                  int8-rows  everything in 8 bits and a scale per row; expanded to floats when loaded
  --out DIR       must not exist
  --bucket NAME   S3 bucket (BUCKET_NAME); region and credentials as the AWS tools take them
  --as NAME       prefix in the bucket (default: the folder's)
  --help          this text

Environment
  HF_TOKEN, MODELSCOPE_API_TOKEN   access token of the hub, where it wants one
  MODELS_DIR                       as --dir

Exit status: 0 done, 1 failed, 2 bad usage. A folder is written whole or not at all.
`;

const optionsOf: Readonly<Record<string, readonly string[]>> = {
  pull: ["from", "mirror", "revision", "only", "dir"],
  convert: ["model", "to", "out"],
  push: ["bucket", "as", "dir"],
  list: ["dir"],
  verify: ["dir"],
  remove: ["dir"],
  info: ["dir"],
};

/** @throws UsageError */
export function parseModelsArguments(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): ModelsArguments {
  const text = { type: "string" } as const;
  const { values, positionals } = parse();
  if (values.help) return { verb: "help" };
  const [verb = "nothing", ...operands] = positionals;
  const allowed = optionsOf[verb];
  if (!allowed) throw new UsageError(`expected a verb, ${Object.keys(optionsOf).join(", ")}, got ${verb}`);
  const stray = Object.keys(values).find((name) => !allowed.includes(name));
  if (stray !== undefined) throw new UsageError(`${verb} takes no --${stray}`);
  const { dir, from, mirror, revision, only, model, to, out } = values;
  const place = dir === undefined ? {} : { dir };
  switch (verb) {
    case "pull": {
      const name = Object.keys(knownModels).find((known) => known === operands[0]) as KnownModel | undefined;
      if (!name || operands.length > 1) {
        throw new UsageError(
          `pull takes one of ${Object.keys(knownModels).join(", ")}, got ${operands.join(" ") || "nothing"}`,
        );
      }
      const hub = hubNames.find((known) => known === (from ?? hubNames[0]));
      if (!hub) throw new UsageError(`--from must be ${hubNames.join(" or ")}, got ${from}`);
      return {
        verb,
        model: name,
        from: hub,
        mirror,
        revision,
        only: only?.split(","),
        ...place,
      };
    }
    case "convert": {
      if (operands.length > 0) throw new UsageError(`convert takes options alone, got ${operands.join(" ")}`);
      if (!model) throw new UsageError("--model is missing");
      if (!out) throw new UsageError("--out is missing");
      const form = weightForms.find((known) => known === to);
      if (!form) throw new UsageError(`--to must be one of ${weightForms.join(", ")}, got ${to ?? "nothing"}`);
      return { verb, modelDir: model, to: form, outDir: out };
    }
    case "push": {
      const [name, ...rest] = operands;
      if (!name || rest.length > 0) throw new UsageError("push takes one model");
      const bucket = values.bucket ?? env.BUCKET_NAME;
      if (!bucket) throw new UsageError("--bucket is missing");
      return { verb, model: name, bucket, as: values.as, ...place };
    }
    case "list": {
      if (operands.length > 0) throw new UsageError(`list takes options alone, got ${operands.join(" ")}`);
      return { verb, ...place };
    }
    default: {
      const [name, ...rest] = operands;
      if (!name || rest.length > 0) throw new UsageError(`${verb} takes one model`);
      return { verb: verb as "verify" | "remove" | "info", model: name, ...place };
    }
  }

  function parse() {
    try {
      return parseArgs({
        args: [...args],
        allowPositionals: true,
        options: {
          from: text,
          mirror: text,
          revision: text,
          only: text,
          dir: text,
          model: text,
          to: text,
          out: text,
          bucket: text,
          as: text,
          help: { type: "boolean" },
        },
      });
    } catch (error) {
      throw new UsageError((error as Error).message);
    }
  }
}
