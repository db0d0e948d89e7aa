import { expect, it } from "vitest";
import { BatchInputError, parseBatchInput } from "./batch-input.ts";

const endpoint = "/v1/images/generations";
const line = (id: string, more: object = {}) =>
  JSON.stringify({ custom_id: id, method: "POST", url: endpoint, body: { prompt: "x" }, ...more });
const parse = (...lines: string[]) => parseBatchInput(Buffer.from(lines.join("\n")), endpoint);

/** [code, line, param] of each error. */
function errorsOf(...lines: string[]) {
  try {
    parse(...lines);
  } catch (error) {
    if (error instanceof BatchInputError) return error.errors.map(({ code, line, param }) => [code, line, param]);
    throw error;
  }
  return [];
}

it("gives the lines in order, passes over empty ones and takes Windows' line ends", () => {
  expect(parse(line("a"), "", `${line("b")}\r`, " ").map(({ custom_id }) => custom_id)).toEqual(["a", "b"]);
});

it("names the line of every mistake by its place in the file, empty lines counted", () => {
  expect(
    errorsOf(line("a"), "", "{", line("a"), line("c", { url: "/v1/embeddings" }), line("d", { method: "GET" })),
  ).toEqual([
    ["invalid_json_line", 3, null],
    ["duplicate_custom_id", 4, "custom_id"],
    ["mismatched_url", 5, "url"],
    ["invalid_request", 6, "method"],
  ]);
});

it("refuses a file without lines, and one with more than 50 000", () => {
  expect(errorsOf("", " ")).toEqual([["empty_file", null, null]]);
  const many = Array.from({ length: 50_001 }, (_, i) => line(`${i}`));
  expect(errorsOf(...many)).toEqual([["too_many_lines", null, null]]);
  expect(parse(...many.slice(1))).toHaveLength(50_000);
});

it("stops at fifty mistakes", () => {
  expect(errorsOf(...Array.from({ length: 200 }, () => "{"))).toHaveLength(50);
});

it("takes the lower 53 bits of a seed that a double cannot hold, from its digits", () => {
  // 2^53 + 1; the nearest double is 2^53, whose lower bits are 0.
  const text = line("a").replace('"x"', '"x","seed":9007199254740993');
  expect(parse(text)[0]!.body.seed).toBe(1);
});
