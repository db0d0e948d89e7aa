import { readFileSync } from "node:fs";
import { environment } from "../environment.ts";
import { InvalidFileError } from "../errors.ts";
import { defaultPrices, type PriceList, parsePriceList } from "./price-list.ts";

/**
 * The prices that a setting names: the path of a JSON file, or the JSON itself, which is what a function has in place
 * of a file.
 * @returns the example prices where nothing is set
 * @throws InvalidFileError naming the file and what is wrong in it
 */
export function readPrices(setting: string | undefined): PriceList {
  const text = setting?.trim() ?? "";
  if (text === "") return defaultPrices;
  const isJson = text.startsWith("[");
  const name = isJson ? environment.prices : `${environment.prices}=${text}`;
  return parsePriceList(readJson(isJson ? text : readText(text, name), name), name);
}

function readText(path: string, name: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidFileError(`${name}: the file of prices cannot be read: ${reason}`, { cause });
  }
}

function readJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidFileError(`${name}: the prices are not valid JSON: ${(cause as Error).message}`, { cause });
  }
}
