import { createHash } from "node:crypto";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { InvalidFileError } from "../../../shared/errors.ts";
import { fetchSource, type Pack, type Source } from "./fetch-sources.ts";
import { readTarGz } from "./read-tar-gz.ts";

/** A ustar archive, gzipped. */
function tarGz(entries: readonly { path: string; content: string; type?: string; prefix?: string }[]): Buffer {
  const blocks = entries.flatMap(({ path, content, type = "0", prefix = "" }) => {
    const header = Buffer.alloc(512);
    header.write(path, 0);
    header.write(Buffer.byteLength(content).toString(8).padStart(11, "0"), 124);
    header.write(type, 156);
    header.write("ustar", 257);
    header.write(prefix, 345);
    const body = Buffer.alloc(Math.ceil(Buffer.byteLength(content) / 512) * 512);
    body.write(content);
    return [header, body];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

const archive = tarGz([
  { path: "package/package.json", content: "{}" },
  { path: "package/assets/1f436.webp", content: "dog".repeat(300) },
  { path: "package/assets", content: "", type: "5" },
  { path: "0023.webp", prefix: "package/assets", content: "#" },
  { path: "cut", type: "x", content: "33 path=package/assets/长 name.webp\n" },
  { path: "package/assets/cut", content: "long" },
]);

it("reads the wanted files of an archive, by prefix and pax paths too", () => {
  const files = readTarGz(archive, (path) => path.endsWith(".webp"));
  const text = [...files].map(([path, bytes]) => [path, Buffer.from(bytes).toString()]);
  expect(text).toEqual([
    ["package/assets/1f436.webp", "dog".repeat(300)],
    ["package/assets/0023.webp", "#"],
    ["package/assets/长 name.webp", "long"],
  ]);
});

it("refuses a damaged archive", () => {
  expect(() => readTarGz(archive.subarray(0, 60), () => true)).toThrow();
  const endless = Buffer.alloc(512, "x");
  endless.write("77777777777", 124);
  expect(() => readTarGz(gzipSync(endless), () => true)).toThrow("damaged tar archive");
});

describe("a source", () => {
  let cache: string;
  let packed: string[];
  beforeEach(async () => {
    cache = await mkdtemp(join(tmpdir(), "sources-"));
    packed = [];
    onTestFinished(() => rm(cache, { recursive: true }));
  });
  const source: Source = {
    package: "@scope/images@1.0.0",
    sha256: createHash("sha256").update(archive).digest("hex"),
    wanted: (path) => path === "package/assets/1f436.webp",
  };
  const packing =
    (bytes: Uint8Array): Pack =>
    async (spec, folder) => {
      packed.push(spec);
      await writeFile(join(folder, "any-name.tgz"), bytes);
      return "any-name.tgz";
    };

  it("is fetched once and then taken from the cache", async () => {
    for (let i = 0; i < 2; i++) {
      expect([...(await fetchSource(source, cache, packing(archive))).keys()]).toEqual(["package/assets/1f436.webp"]);
    }
    expect(packed).toEqual(["@scope/images@1.0.0"]);
    expect(await readdir(cache)).toEqual(["scope-images-1.0.0.tgz"]);
  });

  it("is fetched again where the kept archive is damaged", async () => {
    await writeFile(join(cache, "scope-images-1.0.0.tgz"), archive.subarray(0, 100));
    expect((await fetchSource(source, cache, packing(archive))).size).toBe(1);
    expect(packed.length).toBe(1);
  });

  it("with other content is refused and not kept", async () => {
    const fetching = fetchSource(source, cache, packing(tarGz([])));
    await expect(fetching).rejects.toThrow(InvalidFileError);
    await expect(fetching).rejects.toThrow(`expected an archive of sha256 ${source.sha256}`);
    expect(await readdir(cache)).toEqual([]);
  });
});
