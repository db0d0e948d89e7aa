import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { openAdapterCatalog } from "./adapter-catalog.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "adapters-")));
afterAll(() => rmSync(folder, { recursive: true }));

function put(...names: string[]): void {
  for (const name of names) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), "");
  }
}

const civitai = ["Mystic XXX ZIT v2", "qinglong_detailedeye_z-imageV2(comfy)", "水墨风", "zimage/sub", "café"];
put("loras/ink.safetensors", "loras/.hidden.safetensors", "loras/notes.txt", "secret.safetensors");
put(...civitai.map((name) => `loras/${name.normalize("NFD")}.safetensors`));
put("controlnets/union/config.json", "controlnets/union/model.safetensors");
put("controlnets/tile 2.1.safetensors", "controlnets/alibaba/lite.SAFETENSORS");
symlinkSync("loop", join(folder, "loras/loop"));
symlinkSync(".", join(folder, "loras/again"));
const catalog = openAdapterCatalog(folder);

it("finds files and folders by id", () => {
  expect(catalog.path("loras", "ink")).toBe(join(folder, "loras", "ink.safetensors"));
  expect(catalog.path("loras", "ink.safetensors")).toBe(join(folder, "loras", "ink.safetensors"));
  expect(catalog.path("controlnets", "union")).toBe(join(folder, "controlnets", "union"));
  expect(catalog.entries("controlnets").map(({ id }) => id)).toEqual(["alibaba/lite", "tile 2.1", "union"]);
});

it.each(civitai)("finds the file name %j", (id) => {
  expect(catalog.path("loras", id).normalize()).toBe(join(folder, "loras", `${id}.safetensors`));
});

it.each(["../secret", "notes", ".hidden", "", "ink.safetensors/..", folder])("does not know %j", (id) => {
  expect(() => catalog.path("loras", id)).toThrow(/there are .*ink/);
});

it("goes through a folder that leads to itself a few times and no more", () => {
  const ids = catalog.entries("loras").map(({ id }) => id);
  expect(ids).toContain("again/again/ink");
  expect(ids.length).toBeLessThan(60);
});

it("says that it is empty and where files go", () => {
  expect(() => openAdapterCatalog(join(folder, "none")).path("controlnets", "x")).toThrow(
    "there are none; put files into the folder controlnets of ADAPTERS_DIR",
  );
});
