import { spawn } from "node:child_process";
import { once } from "node:events";
import { utimesSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, it } from "vitest";
import { temporaryFolder } from "../../../test/conformance/temporary-folder.ts";
import { isAbandoned, unfinishedPath } from "./unfinished-file.ts";

const path = join(temporaryFolder(), "model.safetensors");
const own = unfinishedPath(path);
const of = (pid: number | string) => own.replace(`-${process.pid}.partial`, `-${pid}.partial`);

/** A file that was last written so long ago. */
function write(unfinished: string, ageMs: number): string {
  writeFileSync(unfinished, "");
  const at = new Date(Date.now() - ageMs);
  utimesSync(unfinished, at, at);
  return unfinished;
}
const hour = 3_600_000;

it("has the host and the process in its name, beside the file", () => {
  expect(basename(own)).toMatch(new RegExp(`^model\\.safetensors\\.[^./]+-${process.pid}\\.partial$`));
});

it("is abandoned when its process of this host is gone, however new it is", async () => {
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "exit");
  expect(await isAbandoned(write(of(child.pid!), 0))).toBe(true);
  expect(await isAbandoned(write(of(process.ppid), 10 * hour))).toBe(false); // it lives
});

it("is told by its age where no process of this host can be meant", async () => {
  for (const unfinished of [own, join(own, "..", "model.other-1.partial"), join(own, "..", "model.partial")]) {
    expect(await isAbandoned(write(unfinished, 0.9 * hour)), unfinished).toBe(false);
    expect(await isAbandoned(write(unfinished, 1.1 * hour)), unfinished).toBe(true);
  }
  expect(await isAbandoned(join(own, "..", "gone.other-1.partial"))).toBe(false);
});
