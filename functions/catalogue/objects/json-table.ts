import type { ByteSource } from "../bytes/byte-source.ts";
import type { CatalogueLimits } from "../limits.ts";
import { CatalogueError } from "../problems/catalogue-problem.ts";
import type { Warnings } from "../problems/warnings.ts";
import type { CatalogueRecord, EncodingReport } from "../tables/catalogue-table.ts";
import type { RawTable } from "../tables/open-table.ts";
import { decodeText } from "../text/decode-text.ts";
import { cellTooLarge } from "../text/quoted-cells.ts";
import { columnsOf, recordOf } from "./columns-of-objects.ts";
import { type FlatCell, flattenObject, isObject } from "./flatten-object.ts";
import { JsonSplitter } from "./split-json.ts";

const beginningCharacters = 65_536;
/** Texts that are no JSON, up to which the others are worth reading: each takes as long as many that are. */
const mostBroken = 1_000;

/**
 * Objects of JSON: one after another (JSON Lines), in an array, or in an array that is a field of one object
 * (`{ "products": [ … ] }`). The columns are all fields that occur, so the file is read once for them.
 */
export async function jsonTable(
  source: ByteSource,
  encoding: EncodingReport,
  limits: CatalogueLimits,
): Promise<RawTable> {
  const depth = depthOf(await beginningOf(source, encoding.name));
  const objects = (warnings?: Warnings) => readObjects(source, encoding.name, depth, limits, warnings);
  const columns = await columnsOf(objects(), limits);
  const indexes = new Map(columns.map((column, index) => [column, index]));
  return {
    kind: depth === 0 ? "jsonl" : "json",
    encoding,
    columns,
    isSparse: true,
    async *rows(warnings): AsyncGenerator<CatalogueRecord, void> {
      for await (const { line, cells } of objects(warnings)) yield recordOf(line, cells, indexes);
    },
  };
}

function depthOf(beginning: string): number {
  const text = beginning.trimStart();
  if (text.startsWith("[")) return 1;
  const isWrapped = /^\{\s*"[^"\\]{1,100}"\s*:\s*\[\s*\{/.test(text);
  if (!isWrapped) return 0;
  // A whole object on the first line is the first of several, or the only one, with or without a line end.
  const [firstLine = ""] = text.split("\n", 1);
  const isFirstOfSeveral = text.slice(firstLine.length).trim() !== "" && isJson(firstLine);
  return isFirstOfSeveral ? 0 : 2;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

async function beginningOf(source: ByteSource, encoding: string): Promise<string> {
  for await (const text of decodeText(source, encoding)) return text.slice(0, beginningCharacters);
  return "";
}

interface FlatObject {
  readonly line: number;
  readonly cells: readonly FlatCell[];
}

async function* readObjects(
  source: ByteSource,
  encoding: string,
  depth: number,
  limits: CatalogueLimits,
  warnings: Warnings | undefined,
): AsyncGenerator<FlatObject, void> {
  const splitter = new JsonSplitter(depth, limits);
  let [read, broken] = [0, 0];
  for await (const piece of decodeText(source, encoding)) {
    for (const { line, text } of splitter.push(piece)) {
      const value = parsed(text);
      if (!isObject(value)) {
        warnings?.add("not_an_object", line);
        if (++broken > mostBroken + read) {
          throw new CatalogueError("file_damaged", {
            value: `line ${line} and ${broken - 1} texts before it are no JSON`,
          });
        }
        continue;
      }
      read++;
      const cells = flattenObject(value);
      const large = cells.find((cell) => cell.text.length > limits.cellCharacters);
      if (large !== undefined) throw cellTooLarge(line, large.text, limits.cellCharacters);
      yield { line, cells };
    }
  }
  if (!splitter.isComplete) {
    throw new CatalogueError("file_damaged", { value: "the JSON text ends within a value" });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
