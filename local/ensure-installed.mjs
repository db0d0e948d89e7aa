// Runs before every npm script, under whatever Node (>= 20) the machine has, with Node's own modules alone:
// installs the locked dependencies when they are missing or older than the lock file.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

// `ensure-installed.mjs infra` does the same for the package in that folder, after this one.
const [folder = "."] = process.argv.slice(2);
const root = join(dirname(fileURLToPath(import.meta.url)), "..", folder);
const stampFile = join(root, "node_modules", ".installed");

const major = Number(process.versions.node.split(".")[0]);
if (major < 20) {
  console.error(`Node 20 or newer is needed to install, this is ${process.version}. Get one from https://nodejs.org.`);
  process.exit(1);
}

const wanted = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .update(`${process.platform}-${process.arch}`)
  .digest("hex");
const nodeBinary = join(root, "node_modules", ".bin", process.platform === "win32" ? "node.cmd" : "node");
const complete = folder === "." ? existsSync(nodeBinary) : true;
const installed = existsSync(stampFile) && readFileSync(stampFile, "utf8") === wanted && complete;

if (!installed) {
  console.error(`Installing dependencies${folder === "." ? "" : ` of ${folder}`} (once, about a minute) …`);
  const npm = process.env.npm_execpath;
  const [command, args] = npm ? [process.execPath, [npm, "ci"]] : ["npm", ["ci"]];
  const { status, error } = spawnSync(command, [...args, "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: !npm && process.platform === "win32",
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: process.env.ONNXRUNTIME_NODE_INSTALL || "skip" },
  });
  if (status !== 0) {
    console.error(
      `npm ci failed${error ? `: ${error.message}` : ""}. Check that the npm registry can be reached, then try again.`,
    );
    process.exit(1);
  }
  writeFileSync(stampFile, wanted);
}
