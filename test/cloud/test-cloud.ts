import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ensurePage } from "../../local/start/ensure-page.ts";
import { startMoto } from "../support/aws/aws-emulators.ts";
import { leaveDeployment } from "./steps/day-two-step.ts";
import { deployToStandIn } from "./steps/deploy-step.ts";
import { drawOneImage } from "./steps/end-to-end-step.ts";
import { endStreams, holdRequests, runTickBesideHeldRequests } from "./steps/held-requests-step.ts";
import { buildAndRunImage } from "./steps/image-step.ts";
import { loseSpotMachines } from "./steps/spot-step.ts";
import { measureStarts } from "./steps/start-step.ts";

/**
 * `npm run test:cloud`: the deployment, as far as it can be proved without an account. Each step prints its time; the
 * first that fails ends the run. Tools that are not there are named, and forgiven unless REQUIRE_AWS_EMULATORS=1.
 */

const root = resolve(import.meta.dirname, "../..");
const cdk = join(root, "infra/node_modules/.bin/cdk");
const account = "123456789012";
const region = "us-east-1";
const stack = "ZImage-test";
const usageKey = { name: "z-image/billing-key", value: "sk_test_1" };
const context = {
  environment: "test",
  workerImage: "z-image-worker:v1",
  retainData: "false",
  modelId: "zimage-tiny",
  modelFamily: "turbo",
  modelSide: "128",
  modelSteps: "2",
  weightsPrefix: "zimage-tiny",
  usageExportUrl: "https://billing.example/v1/billing/meter_events",
  usageKeySecret: usageKey.name,
};

const startedAt = performance.now();
const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

async function step<T>(name: string, work: () => T | Promise<T>): Promise<T> {
  const since = performance.now();
  process.stdout.write(`${name} …\n`);
  const result = await work();
  process.stdout.write(`  ok, ${seconds(since)}\n`);
  return result;
}

/** Says what is not proved here, or ends the run where everything must be. */
function leaveOut(what: string, remedy: string): void {
  const message = `left out: ${what}; ${remedy}`;
  if (process.env.REQUIRE_AWS_EMULATORS === "1") throw new Error(message);
  process.stdout.write(`  ${message}\n`);
}

function has(command: string): boolean {
  try {
    execFileSync("sh", ["-c", `command -v ${command}`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const env = {
  ...process.env,
  CDK_DEFAULT_ACCOUNT: account,
  CDK_DEFAULT_REGION: region,
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
  CDK_DISABLE_CLI_TELEMETRY: "true",
};

function run(command: string, args: readonly string[], extra: NodeJS.ProcessEnv = {}): Promise<string> {
  const { promise, resolve: done, reject } = Promise.withResolvers<string>();
  const child = spawn(command, args, { cwd: root, env: { ...env, ...extra }, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  child.once("error", reject);
  child.once("close", (code) =>
    code === 0
      ? done(output)
      : reject(new Error(`${command} ${args.join(" ")} ended with ${code}:\n${output.slice(-6000)}`)),
  );
  return promise;
}

const work = mkdtempSync(join(tmpdir(), "test-cloud-"));
process.once("exit", () => rmSync(work, { recursive: true, force: true }));

const synth = (output: string, more: { readonly [key: string]: string } = {}) =>
  run(cdk, [
    "synth",
    "--quiet",
    "--output",
    output,
    ...Object.entries({ ...context, ...more }).flatMap(([key, value]) => ["-c", `${key}=${value}`]),
  ]);

try {
  const only = new Set(process.argv.slice(2));
  const wanted = (name: string) => only.size === 0 || only.has(name);
  const assembly = join(work, "mi");
  const assemblyOfGroup = join(work, "asg");

  if (wanted("types")) await step("types of infra/", () => run("npx", ["tsc", "--noEmit", "-p", "infra"]));
  if (wanted("assertions")) {
    await step("template assertions, and a mutation for each", () =>
      run("npx", ["vitest", "run", "--config", "infra/vitest.config.ts"]),
    );
  }
  if (wanted("synth") || wanted("deploy")) {
    await step("the page", async () => {
      await ensurePage({ root, vite: join(root, "node_modules/vite/bin/vite.js") });
    });
    await step("cdk synth with cdk-nag (AwsSolutions), Managed Instances", () => synth(assembly));
    await step("cdk synth with cdk-nag (AwsSolutions), Auto Scaling groups", () =>
      synth(assemblyOfGroup, { compute: "asg", reserveConcurrency: "true" }),
    );
    const ofVariants = await step("every variant (infra/variants), with cdk-nag", () =>
      run(process.execPath, [
        "--disable-warning=ExperimentalWarning",
        "infra/variants/main.ts",
        join(work, "variants"),
      ]),
    );
    await step("cfn-lint of all of them", async () => {
      if (!has("cfn-lint")) return leaveOut("cfn-lint", "pip install cfn-lint==1.51.0");
      const templates = [
        ...[assembly, assemblyOfGroup].map((folder) => join(folder, `${stack}.template.json`)),
        ...ofVariants.split("\n").filter((line) => line.endsWith(".template.json")),
      ];
      await run("cfn-lint", ["--non-zero-exit-code", "error", "--regions", region, "--", ...templates]);
    });
  }
  if (wanted("deploy")) {
    const moto = await step("moto_server", startMoto);
    try {
      const deployed = await step("cdk bootstrap and cdk deploy", () =>
        deployToStandIn({ run, cdk, assembly, stack, account, region, moto, work: join(work, "functions") }),
      );
      process.stdout.write(`${deployed.report.map((line) => `  ${line}\n`).join("")}`);
      const starts = await step("starts of the deployed functions, medians", () =>
        measureStarts(deployed, join(work, "starts")),
      );
      process.stdout.write(`${starts.map((line) => `  ${line}\n`).join("")}`);
      const figures = await step("an HTTP event to an image and a signed webhook, through the deployed functions", () =>
        drawOneImage({ deployed, moto, work: join(work, "worker"), region, usageKey }),
      );
      process.stdout.write(`${figures.map((line) => `  ${line}\n`).join("")}`);
      const idle = { deployed, moto, region };
      const held = await step(
        "ten requests that wait for their image, in an account with ten invocations at once",
        () => holdRequests(idle),
      );
      const ended = await step("responses that end before Lambda cuts them", () => endStreams(idle));
      const lost = await step("spot machines that are taken away, and none to be had", () =>
        loseSpotMachines({ ...idle, work: join(work, "machines") }),
      );
      process.stdout.write(`${[...held, ...ended, ...lost].map((line) => `  ${line}\n`).join("")}`);
      const updated = await step("cdk deploy of a change", () =>
        deployToStandIn({
          run,
          cdk,
          assembly: assemblyOfGroup,
          stack,
          account,
          region,
          moto,
          update: true,
          work: join(work, "updated"),
        }),
      );
      await step("a tick beside ten held requests, with reserved concurrency", () =>
        runTickBesideHeldRequests({ ...idle, deployed: updated }),
      );
      const left = await step("npm run deploy: settings remembered, and the way out", () =>
        leaveDeployment({
          run,
          root,
          environment: context.environment,
          endpoint: moto.endpoint,
          physicalId: updated.physicalId,
          buckets: ["Images", "Weights", "AccessLogs"].map(updated.physicalId),
        }),
      );
      process.stdout.write(`${left.map((line) => `  ${line}\n`).join("")}`);
    } finally {
      await moto.stop();
    }
  }
  // Slow (a Debian is made for it), so it must be asked for: npm run test:cloud -- image. With CUDA_LIBRARIES=FOLDER it
  // is the CUDA 13 image.
  if (only.has("image")) {
    await step("worker image on a Debian base, and one job in it", async () => {
      const { CUDA_LIBRARIES: cudaLibraries } = process.env;
      const missing = ["buildah", "debootstrap"].filter((command) => !has(command));
      if (missing.length > 0) return leaveOut(missing.join(" and "), `apt-get install ${missing.join(" ")}`);
      for (const line of await buildAndRunImage({
        run,
        work: join(work, "image"),
        cudaLibraries: cudaLibraries ? resolve(cudaLibraries) : undefined,
      }))
        process.stdout.write(`  ${line}\n`);
    });
  }
  process.stdout.write(`test:cloud passed, ${seconds(startedAt)}\n`);
} catch (error) {
  process.stdout.write(
    `test:cloud failed after ${seconds(startedAt)}\n${error instanceof Error ? error.message : String(error)}\n`,
  );
  // Whatever a step that failed has left waiting must not keep it.
  process.exit(1);
}
