import { existsSync, mkdirSync } from "node:fs";
import { cp } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");
const base = "localhost/z-image-base:bookworm";
const image = "localhost/z-image-worker:test";

export interface ImageOptions {
  readonly run: (command: string, args: readonly string[], env?: NodeJS.ProcessEnv) => Promise<string>;
  readonly work: string;
}

/**
 * The worker's Dockerfile on a Debian base of our own making (no registry is asked), as the CPU image, and one picture drawn in it by
 * the user and entry that the image has. `buildah` in a chroot: no daemon, no privileges beyond root's.
 *
 * @returns figures worth printing
 */
export async function buildAndRunImage({ run, work }: ImageOptions): Promise<string[]> {
  mkdirSync(work, { recursive: true });
  const env = { STORAGE_DRIVER: "vfs", BUILDAH_ISOLATION: "chroot" };
  const buildah = (...args: string[]) => run("buildah", args, env);
  const images = await buildah("images", "--format", "{{.Name}}:{{.Tag}}");
  if (!images.includes(base)) {
    const rootfs = join(work, "rootfs");
    await run("debootstrap", ["--variant=minbase", "--include=ca-certificates", "bookworm", rootfs]);
    // npm of this machine, so that the build need not install Debian's.
    const node = await run("node", ["-p", "process.execPath"]);
    const prefix = dirname(dirname(node.trim()));
    for (const part of ["bin/node", "lib/node_modules/npm"]) {
      if (existsSync(join(prefix, part)))
        await cp(join(prefix, part), join(rootfs, "usr/local", part), { recursive: true });
    }
    const container = (await buildah("from", "scratch")).trim();
    await buildah("add", "--quiet", container, rootfs, "/");
    await buildah("commit", "--quiet", container, base);
    await buildah("rm", container);
  }
  // Where packages come from on this machine, and what was fetched before.
  const npmrc = join(homedir(), ".npmrc");
  const volumes = existsSync(npmrc) ? ["--volume", `${npmrc}:/root/.npmrc:ro`] : [];
  await buildah(
    ...["bud", "--isolation", "chroot", "--network", "host", "--format", "docker", ...volumes],
    ...[
      "--build-arg",
      `BASE=${base}`,
      "--build-arg",
      "ACCELERATOR=cpu",
      "-f",
      "gpu-worker/Dockerfile",
      "-t",
      image,
      root,
    ],
  );
  const size = Number((await buildah("inspect", "--type", "image", "--format", "{{.Docker.Size}}", image)).trim());
  const container = (await buildah("from", image)).trim();
  try {
    const model = join(root, "models/zimage-tiny");
    const out = join(work, "out");
    mkdirSync(out, { recursive: true, mode: 0o777 });
    await run("chmod", ["0777", out]);
    await buildah(
      ...[
        "run",
        "--isolation",
        "chroot",
        "--network",
        "host",
        "--volume",
        `${model}:/model:ro`,
        "--volume",
        `${out}:/out`,
        container,
        "--",
      ],
      ...[
        "node",
        "--disable-warning=ExperimentalWarning",
        "gpu-worker/generate.ts",
        "--model",
        "/model/model",
        "--prompt",
        "a penguin",
      ],
      ...["--width", "64", "--height", "64", "--steps", "1", "--out", "/out/penguin.png"],
    );
    if (!existsSync(join(out, "penguin.png"))) throw new Error("the image drew nothing");
  } finally {
    await buildah("rm", container);
  }
  return [`image of ${Math.round(size / 1e6)} MB; drew a picture as user 1000`];
}
