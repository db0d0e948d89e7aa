import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { cp, symlink } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ulid } from "ulid";
import { defaultModel } from "../../../models/default-model.ts";
import { openEmbeddedItems } from "../../../shared/embedded/items.ts";
import { environment } from "../../../shared/environment.ts";
import { terminalStatuses } from "../../../shared/job.ts";
import { createJobStore } from "../../../shared/jobs/create-job-store.ts";
import { jobMessage } from "../../../shared/jobs/job-message.ts";
import { openState } from "../../../shared/open-state.ts";
import { sampleJob, sampleParams } from "../../support/api/sample-job.ts";

const root = resolve(import.meta.dirname, "../../..");

export interface ImageOptions {
  readonly run: (command: string, args: readonly string[], env?: NodeJS.ProcessEnv) => Promise<string>;
  readonly work: string;
  /**
   * Folder of CUDA 13's runtime libraries and cuDNN 9, for an image with the CUDA provider; without it the image is one
   * for a CPU.
   */
  readonly cudaLibraries?: string;
}

/** Version of the npm that runs this script: `npm --version` would run the one in `PATH`. */
function npmProgram(): string {
  const { npm_execpath: path } = process.env;
  if (path === undefined) throw new Error("the image step is started by npm: npm run test:cloud -- image");
  return path;
}

/**
 * The worker's Dockerfile on a Debian base of our own making (no registry is asked), and one job drawn in it by the
 * user and program that the image has, on the CPU also where it is an image for CUDA. `buildah` in a chroot: no daemon,
 * no privileges beyond root's.
 *
 * @returns figures worth printing
 */
export async function buildAndRunImage({ run, work, cudaLibraries }: ImageOptions): Promise<string[]> {
  const accelerator = cudaLibraries === undefined ? "cpu" : "cuda13";
  const base = `localhost/z-image-base:bookworm-${accelerator}`;
  const image = `localhost/z-image-worker:test-${accelerator}`;
  mkdirSync(work, { recursive: true });
  const env = { STORAGE_DRIVER: "vfs", BUILDAH_ISOLATION: "chroot" };
  const buildah = (...args: string[]) => run("buildah", args, env);
  const sizeOf = async (name: string) => (await buildah("images", "--format", "{{.Size}}", name)).trim();
  const images = await buildah("images", "--format", "{{.Name}}:{{.Tag}}");
  if (!images.includes(base)) {
    const rootfs = join(work, "rootfs");
    await run("debootstrap", ["--variant=minbase", "--include=ca-certificates", "bookworm", rootfs]);
    // Node and npm of this machine: the build would else install Debian's, with hundreds of packages.
    const local = join(rootfs, "usr/local");
    const npm = resolve(realpathSync(npmProgram()), "../..");
    await cp(process.execPath, join(local, "bin/node"));
    await cp(npm, join(local, "lib/node_modules/npm"), { recursive: true });
    await symlink("../lib/node_modules/npm/bin/npm-cli.js", join(local, "bin/npm"));
    if (cudaLibraries !== undefined) {
      await cp(cudaLibraries, join(rootfs, "usr/local/cuda/lib64"), { recursive: true });
      writeFileSync(join(rootfs, "etc/ld.so.conf.d/cuda.conf"), "/usr/local/cuda/lib64\n");
      await run("chroot", [rootfs, "ldconfig"]);
    }
    const container = (await buildah("from", "scratch")).trim();
    await buildah("add", "--quiet", container, rootfs, "/");
    await buildah("commit", "--quiet", container, base);
    await buildah("rm", container);
  }
  // Where packages come from on this machine, and whom it trusts.
  const ours = join(homedir(), ".npmrc");
  const trusted = process.env.NODE_EXTRA_CA_CERTS;
  const theirTrusted = "/etc/ssl/certs/ca-certificates.crt";
  const npmrc = join(work, "npmrc");
  const settings = [existsSync(ours) ? readFileSync(ours, "utf8") : "", trusted ? `cafile=${theirTrusted}` : ""];
  writeFileSync(npmrc, settings.join("\n"), { mode: 0o600 });
  const volumes = [
    ...["--volume", `${npmrc}:/root/.npmrc:ro`],
    ...(trusted ? ["--volume", `${trusted}:${theirTrusted}:ro`] : []),
  ];
  await buildah(
    ...["bud", "--isolation", "chroot", "--network", "host", "--format", "docker", ...volumes],
    ...["--build-arg", `BASE=${base}`, "--build-arg", `ACCELERATOR=${accelerator}`],
    ...["-f", "gpu-worker/Dockerfile", "-t", image, root],
  );
  const [size, baseSize] = [await sizeOf(image), await sizeOf(base)];
  const container = (await buildah("from", image)).trim();
  try {
    const dataDir = join(work, "data");
    const jobId = await submitOneJob(dataDir);
    await run("chown", ["-R", "1000:1000", dataDir]);
    const workerEnv = {
      [environment.state]: "embedded",
      [environment.dataDir]: "/data",
      [environment.modelDir]: "/model",
      [environment.modelId]: "zimage-tiny",
    };
    const worker = buildah(
      ...["run", "--isolation", "chroot", "--network", "host"],
      ...["--volume", `${defaultModel.dir}:/model:ro`, "--volume", `${dataDir}:/data`],
      ...Object.entries(workerEnv).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
      ...[container, "--", "sh", "-c", untilStopFile],
    );
    const [status, log] = await Promise.all([settledStatus(dataDir, jobId, worker), worker]);
    if (status !== "succeeded") throw new Error(`the job in the image ended as ${status}:\n${log}`);
  } finally {
    await buildah("rm", container);
  }
  return [
    `${accelerator} image of ${size}, ${baseSize} of which are the base; its worker drew a job as user 1000, ` +
      "and ended with 0 when told to",
  ];
}

/** The image's own command, told to stop as ECS does when the file appears. */
const untilStopFile = `
node --disable-warning=ExperimentalWarning gpu-worker/main.ts & worker=$!
until [ -e /data/stop ]; do sleep 0.2; done
kill -TERM $worker && wait $worker`;

async function submitOneJob(dataDir: string): Promise<string> {
  const state = await openState({ kind: "embedded", dataDir });
  try {
    const jobs = createJobStore({ items: state.items });
    const params = { ...sampleParams, model: "zimage-tiny" };
    const { job } = await jobs.submit({ job: sampleJob(ulid(), Date.now(), { params }) });
    await state.queue.send(jobMessage(job.id));
    await jobs.confirmSent(job.id);
    return job.id;
  } finally {
    await state.close();
  }
}

/** How the job ended; then the worker is told to stop. Rejects when the worker ends before. */
async function settledStatus(dataDir: string, jobId: string, worker: Promise<string>): Promise<string | undefined> {
  const items = openEmbeddedItems(join(dataDir, "items.db"));
  const jobs = createJobStore({ items });
  let ended = false;
  const end = worker.finally(() => {
    ended = true;
  });
  end.catch(() => {});
  try {
    for (;;) {
      const status = (await jobs.get(jobId))?.status;
      if (ended || (status !== undefined && terminalStatuses.has(status))) return status;
      await sleep(200);
    }
  } finally {
    writeFileSync(join(dataDir, "stop"), "");
    await items.close();
  }
}
