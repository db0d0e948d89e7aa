// Runs before every npm script, under whatever Node (>= 20) the machine has, with Node's own modules alone:
// installs the locked dependencies unless npm's own record of node_modules says that they are there. What is installed
// is replaced only by an installation that is complete, so that a machine without a network keeps what it has.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { restoreProvider } from "./cuda-provider.mjs";

// `ensure-installed.mjs infra` does the same for the package in that folder, after this one.
const [folder = "."] = process.argv.slice(2);
const root = join(dirname(fileURLToPath(import.meta.url)), "..", folder);
const modules = join(root, "node_modules");

const major = Number(process.versions.node.split(".")[0]);
if (major < 20) {
  console.error(`Node 20 or newer is needed to install, this is ${process.version}. Get one from https://nodejs.org.`);
  process.exit(1);
}

const nodeBinary = join(modules, ".bin", process.platform === "win32" ? "node.cmd" : "node");
const complete = folder === "." ? existsSync(nodeBinary) : true;

if (!complete || !isInstalled()) {
  console.error(`Installing dependencies${folder === "." ? "" : ` of ${folder}`} (once, about a minute) …`);
  install();
}

/** Whether npm's record of what is in node_modules agrees with the lock file, on this platform. */
function isInstalled() {
  let recorded;
  try {
    recorded = JSON.parse(readFileSync(join(modules, ".package-lock.json"), "utf8")).packages;
  } catch {
    return false;
  }
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const fits = ({ os = [process.platform], cpu = [process.arch] }) =>
    os.includes(process.platform) && cpu.includes(process.arch);
  return (
    Object.entries(packages).every(
      ([path, { version, optional, devOptional, peer }]) =>
        path === "" || recorded[path]?.version === version || (!recorded[path] && (optional || devOptional || peer)),
    ) && Object.entries(recorded).every(([path, found]) => packages[path]?.version === found.version && fits(found))
  );
}

function install() {
  const staging = join(root, ".installing");
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging);
  for (const name of ["package.json", "package-lock.json", ".npmrc"]) {
    if (existsSync(join(root, name))) copyFileSync(join(root, name), join(staging, name));
  }
  const npm = process.env.npm_execpath;
  const [command, args] = npm ? [process.execPath, [npm, "ci"]] : ["npm", ["ci"]];
  const { status, error } = spawnSync(command, [...args, "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: staging,
    stdio: ["ignore", 2, 2],
    shell: !npm && process.platform === "win32",
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: process.env.ONNXRUNTIME_NODE_INSTALL || "skip" },
  });
  if (status === 0) {
    if (existsSync(modules)) renameSync(modules, join(staging, "before"));
    renameSync(join(staging, "node_modules"), modules);
  }
  rmSync(staging, { recursive: true, force: true });
  if (status !== 0) {
    const kept = existsSync(modules) ? " What was installed before is untouched." : "";
    console.error(
      `npm ci failed${error ? `: ${error.message}` : ""}. Check that the npm registry can be reached, then try again.${kept}`,
    );
    process.exit(1);
  }
}
if (folder === ".") restoreProvider(root);
