import { parseArgs } from "node:util";
import { UsageError } from "../../../shared/process/command-line.ts";
import type { ModelParts } from "../../weights/folder/named-parts.ts";
import { partHelp, partOptions, readParts } from "../../weights/folder/part-options.ts";
import { type WeightForm, weightForms } from "./convert-model.ts";
import { type HubName, hubNames } from "./hubs.ts";
import { formSources, type KnownModel, knownModels, type PullForm, pullForms } from "./known-models.ts";

export type ModelsArguments =
  | { readonly verb: "help" }
  | {
      readonly verb: "pull";
      readonly model: KnownModel;
      /** Absent where nobody chose. */
      readonly form?: PullForm;
      readonly from: HubName;
      readonly mirror?: string;
      readonly revision?: string;
      readonly only?: readonly string[];
      readonly dir?: string;
    }
  | { readonly verb: "trustmark"; readonly mirror?: string; readonly dir?: string }
  | { readonly verb: "forms"; readonly model: KnownModel; readonly from: HubName; readonly mirror?: string }
  | {
      readonly verb: "convert";
      readonly modelDir: string;
      readonly to: WeightForm;
      readonly outDir: string;
      readonly parts?: ModelParts;
    }
  | {
      readonly verb: "push";
      readonly model: string;
      readonly bucket: string;
      readonly as?: string;
      readonly dir?: string;
    }
  | { readonly verb: "list"; readonly dir?: string }
  | { readonly verb: "info"; readonly model: string; readonly dir?: string; readonly parts?: ModelParts }
  | { readonly verb: "verify" | "remove"; readonly model: string; readonly dir?: string };

export const modelsUsage = `Usage: npm run models -- VERB [options]

Downloads, converts, checks and uploads models.

  pull NAME          download ${Object.keys(knownModels).join(" or ")}; run it again to resume after an interruption
  pull trustmark     download the networks of an invisible watermark (MIT), for WATERMARK; see docs/pictures.md
  forms NAME         list the forms that pull can take, their bytes, and what this machine's memory holds of each
  list               list the models in the models folder
  info MODEL         show components, tensors, dtypes, parameters and bytes; licence and origin
  verify MODEL       compare every file with its checksum
  remove MODEL       delete a model that pull or convert made
  convert --model MODEL --to FORM --out DIR   write a copy of the model with weights in another form
  push MODEL --bucket BUCKET   upload a model to S3 for the workers of the fleet; run it again to resume

  MODEL is the name of a model in the models folder, or a path: a Hugging Face folder, a ComfyUI models folder,
  a .safetensors or a .gguf file.

  --form FORM     ${pullForms.join(", ")} (default: ${pullForms[0]}, the largest;
                  forms recommends one for this machine)
  --from HUB      ${hubNames.join(" or ")} (default: ${hubNames[0]})
  --mirror URL    address to use instead of the hub's own
  --revision REV  commit, tag or branch of the published form
  --only PARTS    download only these parts, comma-separated: tokenizer,scheduler
  --dir DIR       the models folder (MODELS_DIR, default ./data/models)
  --to FORM       ${weightForms.join(", ")}:
                  bf16       every value in 16 bits
                  int8       linear layers in 8 bits and a scale per 32 values
                  int4       linear layers in 4 bits and a scale per 32 values
                  int8-convrot  linear layers rotated, in 8 bits and a scale per row: the form that
                             ComfyUI reads too, and the fastest on a CPU (docs/models.md)
                  int8-rows  everything in 8 bits and a scale per row; expanded to floats when loaded
  --out DIR       new folder; must not exist
${partHelp(18)}  --bucket NAME   S3 bucket (BUCKET_NAME); region and credentials as for the AWS CLI
  --as NAME       prefix in the bucket (default: the folder's)
  --help          this text

Environment
  HF_TOKEN, MODELSCOPE_API_TOKEN   access token of the hub, if it requires one
  MODELS_DIR                       as --dir

Exit status: 0 done, 1 failed, 2 bad usage. A folder is written completely or not at all.
`;

const text = { type: "string" } as const;
const options = {
  form: text,
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
  ...partOptions,
  help: { type: "boolean" },
} as const;

const partNames = Object.keys(partOptions) as (keyof typeof partOptions)[];

type Values = { readonly [Name in Exclude<keyof typeof options, "help">]?: string };
type Environment = Readonly<Record<string, string | undefined>>;

interface Verb {
  readonly options: readonly (keyof Values)[];
  read(operands: readonly string[], values: Values, env: Environment): ModelsArguments;
}

const verbs: Readonly<Record<Exclude<ModelsArguments["verb"], "help" | "trustmark">, Verb>> = {
  pull: { options: ["form", "from", "mirror", "revision", "only", "dir"], read: pullArguments },
  forms: {
    options: ["from", "mirror"],
    read: (operands, { from, mirror }) => ({
      verb: "forms",
      model: knownModel("forms", operands),
      from: hubNamed(from),
      mirror,
    }),
  },
  convert: { options: ["model", "to", "out", ...partNames], read: convertArguments },
  push: {
    options: ["bucket", "as", "dir"],
    read(operands, { bucket, as, dir }, env) {
      const model = oneModel("push", operands);
      const named = bucket ?? env.BUCKET_NAME;
      if (!named) throw new UsageError("--bucket is missing");
      return { verb: "push", model, bucket: named, as, dir };
    },
  },
  list: {
    options: ["dir"],
    read(operands, { dir }) {
      noOperands("list", operands);
      return { verb: "list", dir };
    },
  },
  verify: modelVerb("verify"),
  remove: modelVerb("remove"),
  info: {
    options: ["dir", ...partNames],
    read: (operands, values) => ({
      verb: "info",
      model: oneModel("info", operands),
      dir: values.dir,
      parts: readParts(values, (message) => new UsageError(message)),
    }),
  },
};

/** @throws UsageError */
export function parseModelsArguments(args: readonly string[], env: Environment = {}): ModelsArguments {
  const { help, values, positionals } = parse(args);
  if (help) return { verb: "help" };
  const [name = "nothing", ...operands] = positionals;
  const verb = Object.entries(verbs).find(([known]) => known === name)?.[1];
  if (!verb) throw new UsageError(`expected a verb, ${Object.keys(verbs).join(", ")}, got ${name}`);
  const stray = Object.keys(values).find((option) => !verb.options.some((known) => known === option));
  if (stray !== undefined) throw new UsageError(`${name} takes no --${stray}`);
  return verb.read(operands, values, env);
}

function parse(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
    const { help = false, ...others } = values;
    return { help, values: others satisfies Values, positionals };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function pullArguments(operands: readonly string[], values: Values): ModelsArguments {
  const { form: asked, from, mirror, revision, only, dir } = values;
  if (operands.length === 1 && operands[0] === "trustmark") {
    if (asked ?? from ?? revision ?? only) throw new UsageError("pull trustmark takes --mirror and --dir alone");
    return { verb: "trustmark", mirror, dir };
  }
  const model = knownModel("pull", operands);
  const form = pullForms.find((known) => known === asked);
  if (asked !== undefined && (form === undefined || !formSources(model, form))) {
    const offered = pullForms.filter((known) => formSources(model, known)).join(", ");
    throw new UsageError(`--form of ${model} must be one of ${offered}, got ${asked}`);
  }
  if (revision !== undefined && form !== undefined && form !== "published") {
    throw new UsageError(`--revision is of the published form's repository; ${form} comes from several`);
  }
  return { verb: "pull", model, form, from: hubNamed(from), mirror, revision, only: only?.split(","), dir };
}

function knownModel(verb: string, operands: readonly string[]): KnownModel {
  const model = Object.keys(knownModels).find((known) => known === operands[0]) as KnownModel | undefined;
  if (model && operands.length === 1) return model;
  const known = Object.keys(knownModels).join(", ");
  throw new UsageError(`${verb} takes one of ${known}, got ${operands.join(" ") || "nothing"}`);
}

function hubNamed(from: string = hubNames[0]): HubName {
  const hub = hubNames.find((known) => known === from);
  if (!hub) throw new UsageError(`--from must be ${hubNames.join(" or ")}, got ${from}`);
  return hub;
}

function convertArguments(operands: readonly string[], { model, to, out, ...parts }: Values): ModelsArguments {
  noOperands("convert", operands);
  if (!model) throw new UsageError("--model is missing");
  if (!out) throw new UsageError("--out is missing");
  const form = weightForms.find((known) => known === to);
  if (!form) throw new UsageError(`--to must be one of ${weightForms.join(", ")}, got ${to ?? "nothing"}`);
  return {
    verb: "convert",
    modelDir: model,
    to: form,
    outDir: out,
    parts: readParts(parts, (message) => new UsageError(message)),
  };
}

function modelVerb(verb: "verify" | "remove"): Verb {
  return {
    options: ["dir"],
    read: (operands, { dir }) => ({ verb, model: oneModel(verb, operands), dir }),
  };
}

function oneModel(verb: string, operands: readonly string[]): string {
  const [model, ...rest] = operands;
  if (!model || rest.length > 0) throw new UsageError(`${verb} takes one model`);
  return model;
}

function noOperands(verb: string, operands: readonly string[]): void {
  if (operands.length > 0) throw new UsageError(`${verb} takes options alone, got ${operands.join(" ")}`);
}
