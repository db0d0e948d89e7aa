// Brings ONNX Runtime's CUDA provider, and keeps it where `npm ci` does not remove it. It belongs in onnxruntime-node's
// own folder, which npm empties; it is kept in .cache for the version of onnxruntime-node it is of, and put back by
// ensure-installed.mjs. With Node's own modules alone, as that one.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const libraries = ["libonnxruntime_providers_shared.so", "libonnxruntime_providers_cuda.so"];
const usage = "Usage: npm run provider -- cuda12|cuda13\n\ncuda13 needs a driver of 580 or later. Linux on x64 alone.";

/** Where the provider belongs and where it is kept, or `undefined` where onnxruntime-node has no place for one. */
function places(root) {
  const runtime = join(root, "node_modules/onnxruntime-node");
  if (!existsSync(join(runtime, "package.json")) || process.platform !== "linux" || process.arch !== "x64") return;
  const { version } = JSON.parse(readFileSync(join(runtime, "package.json"), "utf8"));
  const binding = readdirSync(join(runtime, "bin")).find((name) => name.startsWith("napi-v"));
  if (binding === undefined) return;
  return {
    runtime,
    installed: join(runtime, "bin", binding, "linux/x64"),
    kept: join(root, ".cache/onnxruntime-provider", version),
  };
}

/** Put a provider that was brought before back into onnxruntime-node. Only one of the very same version fits. */
export function restoreProvider(root) {
  const { installed, kept } = places(root) ?? {};
  if (kept === undefined || !libraries.every((name) => existsSync(join(kept, name)))) return;
  for (const name of libraries)
    if (!existsSync(join(installed, name))) linkOrCopy(join(kept, name), join(installed, name));
}

function bringProvider(root, accelerator) {
  const { runtime, installed, kept } = places(root) ?? {};
  if (kept === undefined) throw new Error("onnxruntime-node is not installed here, or this is not Linux on x64");
  for (const name of libraries) rmSync(join(installed, name), { force: true });
  rmSync(kept, { recursive: true, force: true });
  const [command, args] =
    accelerator === "cuda12"
      ? [process.execPath, [join(runtime, "script/install.js")]]
      : ["sh", [join(root, "gpu-worker/container/fetch-cuda13-provider.sh"), installed]];
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: "true" };
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit", env });
  const missing = libraries.filter((name) => !existsSync(join(installed, name)));
  if (status !== 0 || missing.length > 0) {
    throw new Error(`the provider was not brought: ${error?.message ?? `exit code ${status}, missing ${missing}`}`);
  }
  mkdirSync(kept, { recursive: true });
  for (const name of libraries) linkOrCopy(join(installed, name), join(kept, name));
}

/** A link takes no room; another file system needs a copy. */
function linkOrCopy(from, to) {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = join(dirname(fileURLToPath(import.meta.url)), "..");
  const [verb] = process.argv.slice(2);
  try {
    if (verb === "cuda12" || verb === "cuda13") bringProvider(root, verb);
    else {
      console.error(verb === undefined ? usage : `expected cuda12 or cuda13, got ${verb}\n\n${usage}`);
      process.exitCode = 2;
    }
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
