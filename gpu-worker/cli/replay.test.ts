import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { readSafetensors } from "../weights/formats/safetensors.ts";

const checkpoints = "test/golden/checkpoints";

it("prints a line per tensor and exits 0 for a case outside the repository", async () => {
  const dir = await copyOfCase();
  const { code, lines } = await replay(dir, "--checkpoints", checkpoints);
  expect(code).toBe(0);
  expect(lines.at(-1)).toEqual({ case: "turbo_truncated", ok: true });
  expect(lines.find(({ tensor }) => tensor === "image_u8")).toMatchObject({ tolerance: 1, ok: true });
});

it("gives the same numbers from the ComfyUI file as from the folder that the case names", async () => {
  const { code, lines } = await replay("test/golden/base_cfg_trunc", "--checkpoint", "tiny-base-single-file");
  expect(code).toBe(0);
  expect(lines.at(-1)).toEqual({ case: "base_cfg_trunc", ok: true });
});

it("exits 1 when one value of one tensor was changed", async () => {
  const dir = await copyOfCase();
  const path = join(dir, "tensors.safetensors");
  const { offset } = readSafetensors(path).tensors.get("step01.latents")!;
  const bytes = await readFile(path);
  bytes.writeFloatLE(bytes.readFloatLE(offset) + 0.001, offset);
  await writeFile(path, bytes);
  const { code, lines } = await replay(dir, "--checkpoints", checkpoints);
  expect(code).toBe(1);
  expect(lines.filter(({ ok }) => ok === false)).toMatchObject([
    { tensor: "step01.latents" },
    { case: "turbo_truncated" },
  ]);
});

it("exits 2 and names a kind that is not supported", async () => {
  const dir = await copyOfCase();
  const manifest = JSON.parse(await readFile(join(dir, "manifest.json"), "utf8"));
  await writeFile(join(dir, "manifest.json"), JSON.stringify({ ...manifest, kind: "video" }));
  const { code, stderr, lines } = await replay(dir, "--checkpoints", checkpoints);
  expect(code).toBe(2);
  expect(stderr).toContain("kind video are not supported yet; supported: text-to-image");
  expect(lines).toEqual([]);
});

it.each([
  [[], "expected one CASE_DIR, got 0"],
  [["a", "b"], "expected one CASE_DIR, got 2"],
  [["--wrong"], "Unknown option"],
  [["test/golden"], "manifest.json cannot be read"],
  [["test/golden/turbo_truncated", "--checkpoints", "docs"], "there is no "],
])("exits 2 for %j", async (args, message) => {
  const { code, stderr } = await replay(...args);
  expect(code).toBe(2);
  expect(stderr).toContain(message);
});

async function copyOfCase(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "case-"));
  onTestFinished(() => rm(dir, { recursive: true }));
  await cp("test/golden/turbo_truncated", dir, { recursive: true });
  return dir;
}

interface Line {
  tensor?: string;
  case?: string;
  ok?: boolean;
}

function replay(...args: string[]): Promise<{ code: number; stderr: string; lines: Line[] }> {
  return new Promise((resolve) => {
    const command = ["--disable-warning=ExperimentalWarning", "gpu-worker/cli/replay.ts", ...args];
    const child = execFile(process.execPath, command, (_, stdout, stderr) => {
      const lines = stdout
        .split("\n")
        .filter((line) => line.startsWith("{"))
        .map((line): Line => JSON.parse(line));
      resolve({ code: child.exitCode ?? -1, stderr, lines });
    });
  });
}
