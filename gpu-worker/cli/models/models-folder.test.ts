import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { manifestName } from "../../weights/folder/model-manifest.ts";
import { findModel, formatModels, listModels, modelsFolder, removeModel } from "./models-folder.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "models-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function addModel(name: string, changes: object = {}) {
  mkdirSync(join(folder, name));
  const files = [{ path: "a.safetensors", bytes: 1_500_000_000, sha256: "0".repeat(64) }];
  writeFileSync(join(folder, name, manifestName), JSON.stringify({ files, ...changes }));
}

it("lists whole models by name, and nothing else that lies there", async () => {
  addModel("turbo", {
    licence: "apache-2.0",
    source: { hub: "hf", address: "", repository: "o/n", revision: "0123456789abcdef" },
  });
  addModel("base");
  addModel(".turbo.1.removed");
  mkdirSync(join(folder, "half"));
  const models = await listModels(folder);
  expect(models.map(({ name }) => name)).toEqual(["base", "turbo"]);
  expect(formatModels(models).split("\n")[1]).toBe(
    `${"turbo".padEnd(24)} published    1.50 GB  apache-2.0  hf o/n 0123456789ab`,
  );
  expect(await listModels(join(folder, "nowhere"))).toEqual([]);
});

it("finds a model by name or path", async () => {
  addModel("turbo");
  expect(await findModel(folder, "turbo")).toBe(join(folder, "turbo"));
  expect(await findModel("/", join(folder, "turbo"))).toBe(join(folder, "turbo"));
  await expect(findModel(folder, "x")).rejects.toThrow(`there is no model x in ${folder}`);
  symlinkSync(join(folder, "gone"), join(folder, "link"));
  await expect(findModel(folder, "link")).rejects.toThrow(`${join(folder, "link")}: leads nowhere`);
});

it("removes what it made, and nobody's own folder", async () => {
  addModel("turbo");
  await removeModel(join(folder, "turbo"));
  expect(readdirSync(folder)).toEqual([]);
  mkdirSync(join(folder, "mine"));
  await expect(removeModel(join(folder, "mine"))).rejects.toMatchObject({ code: "not_ours" });
  expect(readdirSync(folder)).toEqual(["mine"]);
});

it("lies where the environment says", () => {
  expect([modelsFolder({}), modelsFolder({ MODELS_DIR: "" }), modelsFolder({ MODELS_DIR: "/m" })]).toEqual([
    "data/models",
    "data/models",
    "/m",
  ]);
});
