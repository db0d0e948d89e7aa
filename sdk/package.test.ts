import { execFile, execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openApiServer } from "../test/support/api/api-server.ts";

const windows = process.platform === "win32";
let folder: string;
const run = promisify(execFile);

/** A Node 20 beside the one that runs this. */
const oldestNode = (process.env.PATH ?? "")
  .split(delimiter)
  .map((path) => join(path, windows ? "node.exe" : "node"))
  .find((path) => existsSync(path) && /^v20\./.test(spawnSync(path, ["--version"], { encoding: "utf8" }).stdout));

let packed: { readonly filename: string; readonly files: readonly { readonly path: string }[] };

/** The package as npm would publish it, unpacked where a program of plain JavaScript finds it. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "zimage-package-"));
  const args = ["pack", "--json", "--pack-destination", folder];
  // What npm told this process, if it started it, is about another package.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("npm_")));
  const report = execFileSync("npm", args, { cwd: import.meta.dirname, encoding: "utf8", shell: windows, env });
  packed = JSON.parse(report.slice(report.indexOf("[")))[0];
  const modules = join(folder, "node_modules");
  mkdirSync(modules);
  execFileSync("tar", ["-xzf", join(folder, packed.filename), "-C", modules]);
  renameSync(join(modules, "package"), join(modules, "zimage"));
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

it("holds what it needs and nothing else", () => {
  const paths = packed.files.map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining([
      "LICENSE",
      "README.md",
      "README.zh.md",
      "package.json",
      "dist/index.js",
      "dist/index.d.ts",
      "dist/cli/main.js",
    ]),
  );
  expect(
    paths.filter((path) => !/^(dist\/.*\.(js|d\.ts)|LICENSE|README(\.zh)?\.md|package\.json)$/.test(path)),
  ).toEqual([]);
  expect(paths.filter((path) => path.includes(".test."))).toEqual([]);
});

it("is imported from plain JavaScript, without any other package", () => {
  const program = join(folder, "program.mjs");
  writeFileSync(
    program,
    `import { ZImageClient, ApiError, verifyWebhook } from "zimage";
const client = new ZImageClient({ apiKey: "zk_test", baseUrl: "https://api.example.com" });
console.log(typeof client.jobs.create, ApiError.name, typeof verifyWebhook);
`,
  );
  expect(execFileSync(process.execPath, [program], { encoding: "utf8" })).toBe("function ApiError function\n");
  const { dependencies } = JSON.parse(readFileSync(join(folder, "node_modules/zimage/package.json"), "utf8"));
  expect(dependencies).toBeUndefined();
});

it("brings its command", () => {
  const main = join(folder, "node_modules/zimage/dist/cli/main.js");
  expect(execFileSync(process.execPath, [main, "--version"], { encoding: "utf8" })).toBe("0.1.0\n");
});

it.skipIf(oldestNode === undefined)("runs on Node 20, the oldest that it promises (where there is one)", async () => {
  const api = await openApiServer();
  try {
    const program = join(folder, "draw.mjs");
    writeFileSync(
      program,
      `import { ZImageClient } from "zimage";
const client = new ZImageClient({ apiKey: process.env.ZIMAGE_API_KEY, baseUrl: process.env.ZIMAGE_URL });
const job = await client.jobs.create({ prompt: "a red cup", size: "128x64", steps: 2 });
const types = [];
for await (const { type } of job.events()) types.push(type);
const [{ bytes }] = await job.download();
const { id } = await client.files.upload(bytes, { filename: "cup.png", contentType: "image/png" });
const { params } = await client.jobs.create({ prompt: "a blue cup", image: id }).wait();
console.log(process.version, types.at(-1), params.width, params.height);
`,
    );
    const env = { ZIMAGE_URL: api.url, ZIMAGE_API_KEY: api.key };
    const node = (...args: string[]) => run(oldestNode!, args, { env, cwd: folder });
    expect((await node(program)).stdout).toMatch(/^v20\.\S+ done 128 64\n$/);
    const main = join(folder, "node_modules/zimage/dist/cli/main.js");
    const { stdout } = await node(main, "gen", "a", "cup", "--size", "64x64", "-o", "cup.png");
    expect([stdout, existsSync(join(folder, "cup.png"))]).toEqual(["cup.png\n", true]);
  } finally {
    await api.close();
  }
});

it("has types, and a client that needs none of Node's", () => {
  const tsc = join(import.meta.dirname, "../node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [tsc, "-p", join(import.meta.dirname, "tsconfig.browser.json")], { encoding: "utf8" });
  writeFileSync(
    join(folder, "program.mts"),
    `import { ZImageClient } from "zimage";\nnew ZImageClient({ apiKey: 1 });\n`,
  );
  const check = () =>
    execFileSync(
      process.execPath,
      [tsc, "--noEmit", "--strict", "--module", "nodenext", "--lib", "es2022,dom", "--types", "", "program.mts"],
      {
        cwd: folder,
        encoding: "utf8",
        stdio: "pipe",
      },
    );
  expect(check).toThrow(
    expect.objectContaining({ stdout: expect.stringMatching(/^program\.mts.* TS2322: Type 'number'/) }),
  );
});
