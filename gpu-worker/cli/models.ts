import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { environment } from "../../shared/environment.ts";
import { PipelineError } from "../../shared/errors.ts";
import { systemClock } from "../../shared/ports/clock.ts";
import { UsageError } from "../../shared/process/command-line.ts";
import { openModelFolder } from "../weights/folder/model-folder.ts";
import { readManifest, verifyModel } from "../weights/folder/model-manifest.ts";
import { listBackends } from "./doctor/examine.ts";
import { type ModelsArguments, modelsUsage, parseModelsArguments } from "./models/arguments.ts";
import { byteProgress } from "./models/byte-progress.ts";
import { type ConvertProgress, convertModel } from "./models/convert-model.ts";
import { describeModel, formatSummary } from "./models/describe-model.ts";
import { hubs } from "./models/hubs.ts";
import { formatForms, listForms } from "./models/list-forms.ts";
import { findModel, formatModels, listModels, modelsFolder, removeModel } from "./models/models-folder.ts";
import { pullModel } from "./models/pull-model.ts";
import { pullTrustmark } from "./models/pull-trustmark.ts";
import { recommendForm } from "./models/recommend-form.ts";

type Request<V extends ModelsArguments["verb"]> = Extract<ModelsArguments, { verb: V }>;

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  let verb: string | undefined;
  try {
    const request = parseModelsArguments(args, process.env);
    verb = request.verb;
    return await run(request, stop.signal);
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\nTry --help.\n`);
      return 2;
    }
    if (stop.signal.aborted) {
      process.stderr.write(
        verb === "pull" || verb === "trustmark" || verb === "push"
          ? "stopped; run the same command again to resume\n"
          : "stopped; nothing was written\n",
      );
    } else if (error instanceof PipelineError || isSystemError(error)) process.stderr.write(`${error.message}\n`);
    else throw error;
    return 1;
  }
}

async function run(request: ModelsArguments, signal: AbortSignal): Promise<number> {
  const modelsDir = ("dir" in request && request.dir) || modelsFolder(process.env);
  switch (request.verb) {
    case "help":
      process.stdout.write(modelsUsage);
      return 0;
    case "pull":
      await pull(request, join(modelsDir, request.model), signal);
      return 0;
    case "trustmark":
      await pullWatermark(request, join(modelsDir, "trustmark"), signal);
      return 0;
    case "forms": {
      const token = process.env[hubs[request.from].tokenVariable] || undefined;
      const forms = await listForms({ ...request, token, signal });
      console.log(formatForms(request.model, forms, recommendForm(request.model, await listBackends())));
      return 0;
    }
    case "convert":
      await convert({ ...request, modelDir: await findModel(modelsDir, request.modelDir) }, signal);
      return 0;
    case "push":
      await push(request, await findModel(modelsDir, request.model), signal);
      return 0;
    case "list": {
      const models = await listModels(modelsDir);
      console.log(
        models.length > 0
          ? formatModels(models)
          : `no models in ${modelsDir}; get one: npm run models -- pull z-image-turbo`,
      );
      return 0;
    }
    case "info": {
      const path = await findModel(modelsDir, request.model);
      console.log(formatSummary(await describeModel(path, request.parts)));
      for (const note of (await openModelFolder(path, request.parts)).notes ?? []) console.log(note);
      const manifest = (await stat(path)).isDirectory() ? await readManifest(path) : undefined;
      if (manifest?.licence !== undefined) console.log(`licence      ${manifest.licence}`);
      for (const source of [manifest?.source, ...(manifest?.otherSources ?? [])]) {
        if (!source) continue;
        const { hub, address, repository, revision } = source;
        console.log(`source       ${repository} at ${hub} (${address}), revision ${revision}`);
      }
      return 0;
    }
    case "verify": {
      const path = await findModel(modelsDir, request.model);
      const problems = await verifyModel(path);
      for (const { path: file, problem } of problems) console.log(`${file} ${problem}`);
      console.log(
        problems.length === 0
          ? `${path}: every file matches its checksum`
          : `${path} is damaged; remove it and pull or convert again`,
      );
      return problems.length === 0 ? 0 : 1;
    }
    case "remove": {
      const path = await findModel(modelsDir, request.model);
      await removeModel(path);
      console.log(`${path} removed`);
      return 0;
    }
  }
}

async function pullWatermark({ mirror }: Request<"trustmark">, outDir: string, signal: AbortSignal): Promise<void> {
  const onFile = ({ path, bytes }: { readonly path: string; readonly bytes: number }) =>
    console.log(`${path}: ${(bytes / 1e6).toFixed(1)} MB`);
  const path = await pullTrustmark({ outDir, mirror, signal, onFile, clock: systemClock });
  console.log(`${path} written; set ${environment.watermark} to it`);
}

async function pull(request: Request<"pull">, outDir: string, signal: AbortSignal): Promise<void> {
  const token = process.env[hubs[request.from].tokenVariable];
  const here = request.form === undefined && !request.only && recommendForm(request.model, await listBackends());
  if (here && here.form !== "published") {
    process.stderr.write(
      `pulling the published form, the largest; for this machine --form ${here.form} is recommended (${here.reason})\n`,
    );
  }
  const progress = byteProgress(process.stderr, () => performance.now());
  const onWarning = (message: string) => process.stderr.write(`${message}\n`);
  try {
    await pullModel({ ...request, outDir, signal, onProgress: progress.update, onWarning, token: token || undefined });
  } finally {
    progress.end();
  }
  console.log(outDir);
}

async function push(request: Request<"push">, modelDir: string, signal: AbortSignal): Promise<void> {
  // The AWS SDK is loaded only where it is used.
  const [{ createAwsClients }, { pushModel }] = await Promise.all([
    import("../../shared/aws/clients.ts"),
    import("./models/push-model.ts"),
  ]);
  const clients = createAwsClients({ region: process.env[environment.region] ?? "us-east-1" });
  const prefix = request.as ?? basename(modelDir);
  const manifest = await readManifest(modelDir);
  const totalBytes = manifest?.files.reduce((sum, { bytes }) => sum + bytes, 0) ?? 0;
  const progress = byteProgress(process.stderr, () => performance.now());
  let doneBytes = 0;
  const onBytes = (bytes: number) => {
    doneBytes += bytes;
    progress.update({ file: prefix, doneBytes, totalBytes });
  };
  try {
    await pushModel(modelDir, { client: clients.s3, bucket: request.bucket, prefix, onBytes, signal });
  } finally {
    progress.end();
    clients.close();
  }
  console.log(`s3://${request.bucket}/${prefix}`);
}

async function convert(request: Request<"convert">, signal: AbortSignal): Promise<void> {
  const before = totalBytes(await describeModel(request.modelDir, request.parts));
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
