import { expect, it } from "vitest";
import { LruCache } from "./lru-cache.ts";

const cacheOf = (bytes: number) => new LruCache<Uint8Array>(bytes, ({ length }) => length);

it("drops what was used longest ago once the bytes are too many", () => {
  const cache = cacheOf(10);
  cache.set("a", new Uint8Array(4));
  cache.set("b", new Uint8Array(4));
  cache.get("a");
  cache.set("c", new Uint8Array(4));
  expect(["a", "b", "c"].map((key) => cache.get(key)?.length)).toEqual([4, undefined, 4]);
});

it("counts a value once that is set again", () => {
  const cache = cacheOf(10);
  for (let i = 0; i < 5; i++) cache.set("a", new Uint8Array(6));
  cache.set("b", new Uint8Array(4));
  expect(cache.get("a")?.length).toBe(6);
});

it("does not keep what is larger than all of it", () => {
  const cache = cacheOf(10);
  cache.set("a", new Uint8Array(11));
  expect(cache.get("a")).toBeUndefined();
});
