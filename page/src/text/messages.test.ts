import { expect, it } from "vitest";

const files = import.meta.glob<{ en?: Texts; zh?: Texts }>("../**/messages.{en,zh}.ts", { eager: true });
type Texts = { readonly [key: string]: string };

const pairs = Object.keys(files)
  .filter((path) => path.endsWith(".en.ts"))
  .map((path) => [path, files[path]?.en ?? {}, files[path.replace(".en.", ".zh.")]?.zh ?? {}] as const);

const placeholders = (text = "") =>
  [...new Set(Array.from(text.matchAll(/\{(\w+)\}/g), ([, name]) => name))].toSorted().join();

it.each(pairs)("%s has the same keys and placeholders in both languages", (_, en, zh) => {
  expect(Object.keys(zh).toSorted()).toEqual(Object.keys(en).toSorted());
  expect(Object.keys(en).length).toBeGreaterThan(0);
  for (const [key, text] of Object.entries(en)) expect([key, placeholders(zh[key])]).toEqual([key, placeholders(text)]);
});

it.each(pairs)("%s leaves no text empty, and no Chinese text in Latin punctuation", (_, en, zh) => {
  for (const text of [...Object.values(en), ...Object.values(zh)]) expect(text.trim()).not.toBe("");
  for (const text of Object.values(zh)) expect(text).not.toMatch(/[一-鿿][,;:?!]/);
});

it("finds the texts of every view", () => {
  expect(pairs.length).toBeGreaterThanOrEqual(7);
});
