import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { InvalidFileError } from "../../../shared/errors.ts";
import { listFiles, manifestName, modelFilePath, parseManifest, verifyModel, writeManifest } from "./model-manifest.ts";

let model: string;
beforeEach(async () => {
  model = mkdtempSync(join(tmpdir(), "model-manifest-"));
  mkdirSync(join(model, "vae"));
  writeFileSync(join(model, "vae/config.json"), "{}");
  writeFileSync(join(model, "model_index.json"), "[]");
  writeFileSync(join(model, ".hidden"), "");
  await writeManifest(model, { format: 1, form: "published", files: await listFiles(model) });
});
afterEach(() => rmSync(model, { recursive: true }));

// printf '{}' | sha256sum
const emptyObject = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

it("lists files with length and checksum, without the manifest and hidden ones", async () => {
  const files = await listFiles(model);
  expect(files.map(({ path }) => path)).toEqual(["model_index.json", "vae/config.json"]);
  expect(files[1]).toEqual({ path: "vae/config.json", bytes: 2, sha256: emptyObject });
});

it("finds nothing wrong with what was just written", async () => {
  expect(await verifyModel(model)).toEqual([]);
});

it.each<[string, () => void, string]>([
  ["a file that is missing", () => rmSync(join(model, "vae/config.json")), "is missing"],
  ["another length", () => writeFileSync(join(model, "vae/config.json"), "{ }"), "has 3 bytes, expected 2"],
  ["other bytes", () => writeFileSync(join(model, "vae/config.json"), "[]"), `expected ${emptyObject}`],
])("finds %s", async (_, damage, problem) => {
  damage();
  expect(await verifyModel(model)).toEqual([{ path: "vae/config.json", problem: expect.stringContaining(problem) }]);
});

it("says that a folder without a manifest is not whole", async () => {
  rmSync(join(model, manifestName));
  await expect(verifyModel(model)).rejects.toThrow("is missing: the folder was not made by pull or convert");
});

it.each(["../evil", "/etc/passwd", "a//b", "a/../b", ".ssh/key", "a\\b", "a b", ""])("takes %j for no path", (path) => {
  expect(modelFilePath.safeParse(path).success).toBe(false);
});

it.each([
  ["no JSON", "{"],
  ["no files", '{"files":[]}'],
  ["another format", `{"format":2,"files":[{"path":"a","bytes":2,"sha256":"${emptyObject}"}]}`],
  ["a checksum of another kind", '{"files":[{"path":"a","bytes":2,"sha256":"00"}]}'],
])("refuses a manifest with %s", (_, text) => {
  expect(() => parseManifest(text, "m/manifest.json")).toThrow(InvalidFileError);
  expect(() => parseManifest(text, "m/manifest.json")).toThrow("m/manifest.json is no manifest of weights");
});

it("reads manifests that list files alone, as deployments of before have them", () => {
  const text = `{"files":[{"path":"a","bytes":2,"sha256":"${emptyObject}"}]}`;
  expect(parseManifest(text, "m/manifest.json")).toMatchObject({ format: 1, form: "published" });
});
