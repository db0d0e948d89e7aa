import { PipelineError } from "../shared/errors.ts";
import { type ModelsArguments, modelsUsage, parseModelsArguments, UsageError } from "./models-cli/arguments.ts";
import { type ConvertProgress, convertModel } from "./models-cli/convert-model.ts";
import { describeModel, formatSummary } from "./models-cli/describe-model.ts";

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  try {
    const request = parseModelsArguments(args);
    if (request.verb === "help") process.stdout.write(modelsUsage);
    else if (request.verb === "info") console.log(formatSummary(await describeModel(request.modelDir)));
    else await convert(request, stop.signal);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\nTry --help.\n`);
      return 2;
    }
    if (stop.signal.aborted) process.stderr.write("stopped; nothing was written\n");
    else if (error instanceof PipelineError || isSystemError(error)) process.stderr.write(`${error.message}\n`);
    else throw error;
    return 1;
  }
}

async function convert(request: Extract<ModelsArguments, { verb: "convert" }>, signal: AbortSignal): Promise<void> {
  const before = totalBytes(await describeModel(request.modelDir));
  await convertModel({ ...request, onProgress: printTenths, signal });
  const after = totalBytes(await describeModel(request.outDir));
  const percent = ((100 * after) / before).toFixed(1);
  console.log(`${request.outDir}: ${megabytes(before)} → ${megabytes(after)} of weights (${percent} %)`);
}

/** A line for each tenth of a component: short in a log, and the large ones still show that they move. */
function printTenths({ component, tensor, total }: ConvertProgress): void {
  const tenth = (done: number) => Math.floor((10 * done) / total);
  if (tenth(tensor) > tenth(tensor - 1))
    process.stderr.write(`${component.padEnd(12)} ${tensor} of ${total} tensors\n`);
}

function totalBytes(components: readonly { readonly bytes: number }[]): number {
  return components.reduce((sum, { bytes }) => sum + bytes, 0);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "code" in error && "syscall" in error;
}
