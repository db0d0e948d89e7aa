import { expect, it } from "vitest";
import { duplicateKey } from "./json-keys.ts";

it.each([
  ["an object", '{"a":1,"b":2,"a":3}', "a"],
  ["an object with spaces", '{ "a" \n : 1 , "a"\t: 2 }', "a"],
  ["an inner object", '{"a":{"b":1,"b":2}}', "b"],
  ["an object in an array", '[{"a":1},{"b":1,"b":2}]', "b"],
  ["a key spelt with escapes", '{"\\u0061":1,"a":2}', "a"],
  ["a key with a quote and a backslash", '{"a\\"\\\\":1,"a\\"\\\\":2}', 'a"\\'],
  ["a key after an inner object", '{"a":{"a":1},"a":2}', "a"],
])("finds the key that %s has twice", (_, json, key) => {
  JSON.parse(json); // valid
  expect(duplicateKey(json)).toBe(key);
});

it.each([
  ["the same key in two objects", '[{"a":1},{"a":2}]'],
  ["the same key at two depths", '{"a":{"a":1}}'],
  ["equal values", '{"a":"b","b":"b","c":["b","b"]}'],
  ["a value that looks like a key", '{"a":"a:","b":"\\"a\\":"}'],
  ["brackets in a text", '{"a":"{","b":"}"}'],
  ["nothing", "[]"],
])("finds none in %s", (_, json) => {
  JSON.parse(json);
  expect(duplicateKey(json)).toBeUndefined();
});
