import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";

function doctor(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "doctor.ts"), ...args],
    { env: { PATH: process.env.PATH }, encoding: "utf8" },
  );
  return { status, stdout, stderr };
}

it("has help", () => {
  expect(doctor("--help")).toMatchObject({ status: 0, stdout: expect.stringContaining("npm run doctor:aws") });
});

it("asks AWS nothing without a region", () => {
  const { status, stdout, stderr } = doctor();
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr).toBe("AWS_REGION is not set; for example AWS_REGION=eu-central-1\n");
});
