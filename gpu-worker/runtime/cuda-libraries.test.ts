import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { isInstalled } from "../../test/support/native/native-tools.ts";
import { cudaRemedy, missingCudaLibraries } from "./cuda-libraries.ts";

const folder = mkdtempSync(join(tmpdir(), "cuda-libraries-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("says how to get a provider that is not there", async () => {
  expect(await cudaRemedy(join(folder, "absent.so"))).toContain("run: npm run provider -- cuda12");
});

describe.skipIf(process.platform !== "linux" || !isInstalled("cc"))("on Linux", () => {
  it("names each library that the provider would not find", async () => {
    const library = join(folder, "libcublas_of_a_test.so");
    const provider = join(folder, "provider.so");
    writeFileSync(join(folder, "a.c"), "int from_library(void) { return 1; }\n");
    writeFileSync(join(folder, "b.c"), "int from_library(void); int provider(void) { return from_library(); }\n");
    execFileSync("cc", ["-shared", "-fPIC", "-Wl,-soname,libcublas_of_a_test.so", "-o", library, join(folder, "a.c")]);
    execFileSync("cc", ["-shared", "-fPIC", "-o", provider, join(folder, "b.c"), library]);
    expect(await missingCudaLibraries(provider)).toContain("libcublas_of_a_test.so");
    expect(await cudaRemedy(provider)).toMatch(/libcublas_of_a_test\.so.* not found; install .* LD_LIBRARY_PATH/);
    execFileSync("cc", ["-shared", "-fPIC", `-Wl,-rpath,${folder}`, "-o", provider, join(folder, "b.c"), library]);
    expect(await missingCudaLibraries(provider)).not.toContain("libcublas_of_a_test.so");
  });
});
