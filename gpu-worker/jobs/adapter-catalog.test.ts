import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { openAdapterCatalog } from "./adapter-catalog.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "adapters-")));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, "loras"));
mkdirSync(join(folder, "controlnets", "union"), { recursive: true });
writeFileSync(join(folder, "loras", "ink.safetensors"), "");
writeFileSync(join(folder, "loras", ".hidden.safetensors"), "");
writeFileSync(join(folder, "loras", "notes.txt"), "");
writeFileSync(join(folder, "secret.safetensors"), "");
const catalog = openAdapterCatalog(folder);

it("finds files and folders by id", () => {
  expect(catalog.path("loras", "ink")).toBe(join(folder, "loras", "ink.safetensors"));
  expect(catalog.path("controlnets", "union")).toBe(join(folder, "controlnets", "union"));
});

it.each(["../secret", "notes", ".hidden", "", "ink.safetensors/..", folder])("does not know %j", (id) => {
  expect(() => catalog.path("loras", id)).toThrow("there are ink");
});

it("says that it is empty and where files go", () => {
  expect(() => openAdapterCatalog(join(folder, "none")).path("controlnets", "x")).toThrow(
    "there are none; put files into the folder controlnets of ADAPTERS_DIR",
  );
});
