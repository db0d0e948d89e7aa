import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { z } from "zod";
import { InvalidFileError } from "../../../shared/errors.ts";
import { temporaryFolder } from "../../../test/conformance/temporary-folder.ts";
import { readJsonFile } from "./json-file.ts";

const schema = z.strictObject({ a: z.object({ b: z.int() }) });
const path = join(temporaryFolder(), "config.json");
const read = (text: string) => {
  writeFileSync(path, text);
  return readJsonFile(path, schema);
};

it("reads what the schema says", async () => {
  expect(await read('{"a":{"b":3}}')).toEqual({ a: { b: 3 } });
});

it.each([
  ["a text that is no JSON", "{", "config.json cannot be read as JSON: "],
  ["a wrong field by its path", '{"a":{"b":"3"}}', "config.json: a.b: "],
  ["another kind of value", "[]", "config.json: the file: "],
])("refuses %s", async (_, text, message) => {
  await expect(read(text)).rejects.toThrow(InvalidFileError);
  await expect(read(text)).rejects.toThrow(message);
});

it("refuses a missing file, and one that is too large without reading it", async () => {
  await expect(readJsonFile(join(path, "..", "gone.json"), schema)).rejects.toThrow(
    /gone\.json cannot be read.*ENOENT/,
  );
  writeFileSync(path, "");
  truncateSync(path, 100_000_001); // takes no room
  await expect(readJsonFile(path, schema)).rejects.toThrow("100000001 bytes, expected at most 100000000");
});
