import { describe, expect, it } from "vitest";
import { readJsonBody } from "./json-body.ts";

const read = (body: string | Uint8Array<ArrayBuffer>, headers: { [name: string]: string } = {}) =>
  readJsonBody(
    new Request("https://example.com", {
      method: "POST",
      body,
      headers: { "content-type": "application/json", ...headers },
    }),
  );
const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
const listOf = (members: number) => `[${"0,".repeat(members - 1)}0]`;

describe("a body", () => {
  it.each([
    ["application/json; charset=UTF-8"],
    ['Application/JSON ; charset="utf-8"'],
    ["application/merge-patch+json"],
  ])("is read as %s", async (type) => {
    expect(await read('{"a":[1]}', { "content-type": type })).toEqual({ a: [1] });
  });

  it.each([
    ["content-type", "text/plain", /got text\/plain/],
    ["content-type", "application/jsonp", /got application\/jsonp/],
    ["content-type", "application/json; charset=latin1", /got latin1/],
    ["content-encoding", "gzip", /got gzip/],
  ])("with %s: %s is a 415 that names it", async (name, value, message) => {
    await expect(read("{}", { [name]: value })).rejects.toMatchObject({
      status: 415,
      code: "unsupported_media_type",
      message: expect.stringMatching(message),
    });
  });

  it("may be nested sixteen levels deep, and have 20 000 entries", async () => {
    expect(await read(nested(16))).toBeDefined();
    await expect(read(nested(17))).rejects.toMatchObject({
      code: "invalid_json",
      message: expect.stringMatching(/deeper than 16 levels/),
    });
    // Known before the parser is run, which would say that this is no JSON.
    await expect(read("[".repeat(17))).rejects.toMatchObject({ message: expect.stringMatching(/deeper than 16/) });
    expect(await read(listOf(20_000))).toHaveLength(20_000);
    await expect(read(listOf(20_001))).rejects.toMatchObject({
      code: "invalid_json",
      message: expect.stringMatching(/more than 20000/),
    });
  });

  it("may have any number of brackets, commas and escaped quotes in its texts", async () => {
    const text = `${"[".repeat(20)}\\"${",".repeat(20_001)}`;
    expect(await read(JSON.stringify({ text }))).toEqual({ text });
  });

  it.each([
    ["is empty", "", "invalid_json", "body"],
    ["is cut off", '{"a":', "invalid_json", "body"],
    ["is not UTF-8", Uint8Array.of(0x22, 0xff, 0x22), "invalid_json", "body"],
    ["sets a prototype", '{"a":{"__proto__":{}}}', "unknown_field", "a.__proto__"],
    ["has NUL in a text", '{"a":["x","\\u0000"]}', "invalid_value", "a.1"],
    ["has half a character in a text", '{"a":"\\ud83d"}', "invalid_value", "a"],
    ["has NUL in a name", '{"a":{"\\u0000":1}}', "invalid_value", "a"],
  ])("that %s is refused by the name of its field", async (_, body, code, param) => {
    await expect(read(body)).rejects.toMatchObject({ code, param });
  });

  it("is refused with no more than the beginning of a long name", async () => {
    const error = await read(JSON.stringify({ ["x".repeat(500)]: "\0" })).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ param: `${"x".repeat(57)}...` });
  });
});
