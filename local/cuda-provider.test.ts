import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

const script = join(import.meta.dirname, "cuda-provider.mjs");
const names = ["libonnxruntime_providers_shared.so", "libonnxruntime_providers_cuda.so"];
let root: string;
let installed: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "cuda-provider-"));
  mkdirSync(join(root, "local"));
  copyFileSync(script, join(root, "local/cuda-provider.mjs"));
  npmCi();
});

afterEach(() => rmSync(root, { recursive: true }));

/** A package as npm leaves it, whose installer brings a provider from nowhere. */
function npmCi(version = "1.0.0"): void {
  const runtime = join(root, "node_modules/onnxruntime-node");
  rmSync(runtime, { recursive: true, force: true });
  installed = join(runtime, "bin/napi-v6/linux/x64");
  mkdirSync(installed, { recursive: true });
  mkdirSync(join(runtime, "script"));
  writeFileSync(join(runtime, "package.json"), JSON.stringify({ version }));
  writeFileSync(
    join(runtime, "script/install.js"),
    `if (process.env.ONNXRUNTIME_NODE_INSTALL !== "true") throw new Error("not asked to");
     for (const name of ${JSON.stringify(names)}) require("node:fs").writeFileSync(${JSON.stringify(installed)} + "/" + name, name);`,
  );
}

const bring = () => execFileSync(process.execPath, [join(root, "local/cuda-provider.mjs"), "cuda12"]);
/** As `ensure-installed.mjs` does before every script. */
function restore(): void {
  const code = `import { restoreProvider } from ${JSON.stringify(script)}; restoreProvider(${JSON.stringify(root)});`;
  execFileSync(process.execPath, ["--input-type=module", "--eval", code]);
}
const contents = () =>
  names.map((name) => (existsSync(join(installed, name)) ? readFileSync(join(installed, name), "utf8") : undefined));

it("puts the provider back after npm ci", () => {
  bring();
  expect(contents()).toEqual(names);
  npmCi();
  expect(contents()).toEqual([undefined, undefined]);
  restore();
  expect(contents()).toEqual(names);
});

it("leaves out a provider of another version than onnxruntime-node's", () => {
  bring();
  npmCi("1.0.1");
  restore();
  expect(contents()).toEqual([undefined, undefined]);
});

it("does nothing where none was brought", () => {
  restore();
  expect(contents()).toEqual([undefined, undefined]);
});

it("names what it takes", () => {
  const { status, stderr } = spawnSync(process.execPath, [script, "cuda11"], { encoding: "utf8" });
  expect(status).toBe(2);
  expect(stderr).toContain("expected cuda12 or cuda13, got cuda11");
});
