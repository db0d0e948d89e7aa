import { parseArgs } from "node:util";
import { PipelineError } from "../../shared/errors.ts";
import { replayCase, supportedKinds } from "./replay/replay-case.ts";

const usage = `Usage: npm run replay -- CASE_DIR [--checkpoints DIR] [--checkpoint NAME]

Runs one case of reference data through the production code and compares every tensor.
CASE_DIR holds manifest.json and tensors.safetensors; the format is described in test/golden/README.md.

  --checkpoints DIR   folder of the checkpoints and layout.json (default: ../checkpoints beside CASE_DIR)
  --checkpoint NAME   another form of the case's checkpoint, such as tiny-base-single-file (default: the one the case names)

Prints one JSON line per compared tensor, {"tensor","maxAbsDiff","tolerance","ok"}, with "variant" where the case runs
several ways, "undecided" where elements were left out because rounding decides them, and "problem" where shapes differ,
then {"case","ok"}. A case of kind train-step takes real training steps: its gradients and what the optimiser leaves are
compared relative to the largest value of each tensor (1e-4).
Exit status: 0 everything agrees, 1 something differs, 2 bad usage, a damaged case, or a kind that is not supported yet
(supported: ${supportedKinds.join(", ")}).
`;

process.exitCode = await main();

async function main(): Promise<number> {
  let caseDir: string | undefined;
  let values: { checkpoints?: string; checkpoint?: string; help?: boolean };
  try {
    const parsed = parseArgs({
      allowPositionals: true,
      options: {
        checkpoints: { type: "string" },
        checkpoint: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
    values = parsed.values;
    caseDir = parsed.positionals[0];
    if (!values.help && parsed.positionals.length !== 1) {
      throw new Error(`expected one CASE_DIR, got ${parsed.positionals.length}`);
    }
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage}`);
    return 2;
  }
  if (values.help || caseDir === undefined) {
    console.log(usage);
    return 0;
  }
  try {
    const print = (line: unknown) => console.log(JSON.stringify(line));
    const result = await replayCase(caseDir, print, values.checkpoints, values.checkpoint);
    if (result.outcome === "unsupported") {
      console.error(
        `${result.case}: cases of kind ${result.kind} are not supported yet; supported: ${supportedKinds.join(", ")}`,
      );
      return 2;
    }
    console.log(JSON.stringify({ case: result.case, ok: result.outcome === "agrees" }));
    return result.outcome === "agrees" ? 0 : 1;
  } catch (error) {
    if (!(error instanceof PipelineError)) throw error;
    console.error(`${error.message}`);
    return 2;
  }
}
