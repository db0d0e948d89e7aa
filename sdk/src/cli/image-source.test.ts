import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import type { ZImageClient } from "../client.ts";
import { imageSource } from "./image-source.ts";

const folder = mkdtempSync(join(tmpdir(), "image-source-"));
afterAll(() => rmSync(folder, { recursive: true }));

const uploads: [number, string | undefined][] = [];
const client = {
  files: {
    upload: async (bytes: Uint8Array, { filename }: { filename?: string }) => {
      uploads.push([bytes.length, filename]);
      return { id: "file-1" };
    },
  },
} as unknown as ZImageClient;
const source = (given: string) => imageSource(given, "image", client, new AbortController().signal);

it.each([
  "https://x.test/a.png",
  "HTTP://x.test",
  "data:image/png;base64,AA",
  `file-${"0".repeat(26)}`,
  `rf_${"Z".repeat(26)}`,
])("passes %s on as it is", async (given) => expect(await source(given)).toBe(given));

it("puts a small file into the request, and uploads a large one", async () => {
  const path = join(folder, "a.png");
  writeFileSync(path, "abc");
  expect(await source(path)).toBe("data:application/octet-stream;base64,YWJj");
  writeFileSync(path, Buffer.alloc(2_000_001));
  expect(await source(path)).toBe("file-1");
  expect(uploads).toEqual([[2_000_001, "a.png"]]);
});

it("names the option and the file that cannot be read", async () => {
  await expect(source("nowhere.png")).rejects.toThrow("--image: nowhere.png cannot be read: ENOENT");
});
