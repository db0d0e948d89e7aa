import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const entry = fileURLToPath(new URL("./doctor.ts", import.meta.url));
function doctor(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", entry, ...args],
    { encoding: "utf8" },
  );
  return { status, stdout, stderr };
}

it("prints one JSON object of what this machine can run, and exits with 0 where that is anything", () => {
  const { status, stdout } = doctor("--json");
  const report = JSON.parse(stdout) as { backends: { device: string; usable: boolean }[] };
  expect(report.backends.find(({ device }) => device === "cpu")).toMatchObject({ usable: true });
  expect(status).toBe(0);
});

it("answers an option that it does not know with 2 and one line", () => {
  const { status, stdout, stderr } = doctor("--yaml");
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(/^Unknown option '--yaml'.*npm run doctor -- --help\n$/);
});
