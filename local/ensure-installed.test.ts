import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, it, onTestFinished } from "vitest";

let root: string;
const write = (name: string, value: unknown) => writeFileSync(join(root, name), JSON.stringify(value));
const dependency = { "node_modules/a": { version: "1.0.0" } };
const foreign = { "node_modules/b": { version: "1.0.0", optional: true, os: ["haiku"], cpu: ["x64"] } };

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "ensure-installed-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, "local"));
  mkdirSync(join(root, "node_modules/.bin"), { recursive: true });
  for (const name of ["ensure-installed.mjs", "cuda-provider.mjs"]) {
    copyFileSync(join(import.meta.dirname, name), join(root, "local", name));
  }
  for (const name of ["node", "node.cmd"]) writeFileSync(join(root, "node_modules/.bin", name), "");
  writeFileSync(join(root, "node_modules/kept"), "as it was");
  write("package.json", { name: "x" });
  write("package-lock.json", { packages: { "": { version: "0.0.1" }, ...dependency, ...foreign } });
});

/** @param npm - body of a script in place of npm's, run where the installation is made */
function ensure(npm: string) {
  writeFileSync(join(root, "npm.cjs"), npm);
  const { status, stderr } = spawnSync(process.execPath, [join(root, "local/ensure-installed.mjs")], {
    env: { ...process.env, npm_execpath: join(root, "npm.cjs") },
    encoding: "utf8",
  });
  return { status, stderr };
}
const noNetwork = "process.exit(1)";
const working = `const fs = require("node:fs"); fs.mkdirSync("node_modules"); fs.copyFileSync("package-lock.json", "node_modules/new")`;

it("takes what npm ci has installed, and asks no registry", () => {
  write("node_modules/.package-lock.json", { packages: dependency });
  expect(ensure(noNetwork)).toEqual({ status: 0, stderr: "" });
});

it.each([
  ["another version", { "node_modules/a": { version: "0.9.0" } }],
  ["nothing of it", {}],
  ["a package that is no longer locked", { ...dependency, "node_modules/c": { version: "1.0.0" } }],
  ["packages of another platform", { ...dependency, ...foreign }],
])("installs over %s, and keeps what there was when that fails", (_, recorded) => {
  write("node_modules/.package-lock.json", { packages: recorded });
  const failed = ensure(noNetwork);
  expect(failed.status).toBe(1);
  expect(failed.stderr).toContain("What was installed before is untouched");
  expect(readFileSync(join(root, "node_modules/kept"), "utf8")).toBe("as it was");
  expect(existsSync(join(root, ".installing"))).toBe(false);

  expect(ensure(working).status).toBe(0);
  expect([existsSync(join(root, "node_modules/kept")), existsSync(join(root, "node_modules/new"))]).toEqual([
    false,
    true,
  ]);
  expect(existsSync(join(root, ".installing"))).toBe(false);
});
