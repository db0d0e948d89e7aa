import { parseArgs } from "node:util";
import { type WeightForm, weightForms } from "./convert-model.ts";

export type ModelsArguments =
  | { readonly verb: "help" }
  | { readonly verb: "convert"; readonly modelDir: string; readonly to: WeightForm; readonly outDir: string }
  | { readonly verb: "info"; readonly modelDir: string };

/** The command line cannot be understood; the message names the argument. */
export class UsageError extends Error {}

export const modelsUsage = `Usage: npm run models -- VERB [options]

Looks after checkpoint folders.

  convert --model DIR --to FORM --out DIR   write the model with its weights in another form, to a new folder
  info DIR                                  components, tensors, dtypes, parameters and bytes

  --model DIR   checkpoint folder in the Hugging Face layout
  --to FORM     ${weightForms.join(", ")}: 8 bits per weight and one scale per row, a quarter of float32
  --out DIR     must not exist
  --help        this text

Exit status: 0 done, 1 failed, 2 bad usage. A folder is written whole or not at all.
`;

/** @throws UsageError */
export function parseModelsArguments(args: readonly string[]): ModelsArguments {
  const text = { type: "string" } as const;
  const { values, positionals } = parse();
  if (values.help) return { verb: "help" };
  const [verb, ...operands] = positionals;
  const { model, to, out } = values;
  switch (verb) {
    case "convert": {
      if (operands.length > 0) throw new UsageError(`convert takes options alone, got ${operands.join(" ")}`);
      if (!model) throw new UsageError("--model is missing");
      if (!out) throw new UsageError("--out is missing");
      const form = weightForms.find((known) => known === to);
      if (!form) throw new UsageError(`--to must be ${weightForms.join(" or ")}, got ${to ?? "nothing"}`);
      return { verb, modelDir: model, to: form, outDir: out };
    }
    case "info": {
      const [modelDir, ...rest] = operands;
      if (!modelDir || rest.length > 0) throw new UsageError("info takes one checkpoint folder");
      const option = Object.keys(values)[0];
      if (option !== undefined) throw new UsageError(`info takes no --${option}`);
      return { verb, modelDir };
    }
    default:
      throw new UsageError(`expected a verb, convert or info, got ${verb ?? "nothing"}`);
  }

  function parse() {
    try {
      return parseArgs({
        args: [...args],
        allowPositionals: true,
        options: { model: text, to: text, out: text, help: { type: "boolean" } },
      });
    } catch (error) {
      throw new UsageError((error as Error).message);
    }
  }
}
