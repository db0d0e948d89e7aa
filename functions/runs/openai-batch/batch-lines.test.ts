import { expect, it } from "vitest";
import { collect } from "../../../test/support/collect.ts";
import { readBatchLines } from "./batch-lines.ts";

const endpoint = "/v1/images/generations";
const line = (id: string, more: object = {}) =>
  JSON.stringify({ custom_id: id, method: "POST", url: endpoint, body: { prompt: "x" }, ...more });

async function* pieces(text: string) {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

const read = (...lines: string[]) => collect(readBatchLines(pieces(lines.join("\n")), endpoint));

async function rowsOf(...lines: string[]) {
  return (await read(...lines)).flatMap((found) => ("row" in found ? [found.row] : []));
}

/** [code, line, param] of each error. */
async function errorsOf(...lines: string[]) {
  return (await read(...lines)).flatMap((found) =>
    "error" in found ? [[found.error.code, found.error.line, found.error.param]] : [],
  );
}

it("gives the rows in order, passes over empty lines and takes Windows' line ends", async () => {
  expect((await rowsOf(line("a"), "", `${line("b")}\r`, " ")).map(({ key }) => key)).toEqual(["a", "b"]);
});

it("names the line of every mistake by its place in the file, empty lines counted", async () => {
  const lines = [line("a"), "", "{", line("a"), line("c", { url: "/v1/embeddings" }), line("d", { method: "GET" })];
  expect(await errorsOf(...lines)).toEqual([
    ["invalid_json_line", 3, null],
    ["duplicate_custom_id", 4, "custom_id"],
    ["mismatched_url", 5, "url"],
    ["invalid_request", 6, "method"],
  ]);
});

it("refuses a file without lines, and one with more than 50 000", async () => {
  expect(await errorsOf("", " ")).toEqual([["empty_file", null, null]]);
  const many = Array.from({ length: 50_001 }, (_, i) => line(`${i}`));
  expect(await errorsOf(...many)).toEqual([["too_many_lines", null, null]]);
  expect(await rowsOf(...many.slice(1))).toHaveLength(50_000);
});

it("refuses a line longer than a request may be, by its number", async () => {
  const long = line("b").replace('"x"', `"${"x".repeat(6_000_001)}"`);
  expect(await errorsOf(line("a"), long, line("c"))).toEqual([["line_too_long", 2, null]]);
});

it("stops at fifty mistakes", async () => {
  expect(await errorsOf(...Array.from({ length: 200 }, () => "{"))).toHaveLength(50);
});

it("refuses the row alone for what no request may hold", async () => {
  const deep = line("deep").replace('"x"', `${"[".repeat(50_000)}${"]".repeat(50_000)}`);
  expect(await rowsOf(deep, line("a"), line("tiny", { body: { guidance: 1e-300 } }))).toMatchObject([
    { key: "deep", refused: { status: 400, body: { error: { code: "invalid_json" } } } },
    { key: "a", body: { prompt: "x" } },
    { key: "tiny", refused: { status: 400, body: { error: { param: "guidance" } } } },
  ]);
});

it("takes the lower 53 bits of a seed that a double cannot hold, from its digits", async () => {
  // 2^53 + 1; the nearest double is 2^53, whose lower bits are 0.
  const [row] = await rowsOf(line("a").replace('"x"', '"x","seed":9007199254740993'));
  expect(row?.body?.seed).toBe(1);
});
