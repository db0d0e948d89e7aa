import { expect, it } from "vitest";
import { loadObjects } from "./objects.ts";
import { chooseObjects } from "./training-data.ts";

const all = await loadObjects();

it("knows every familiar object, once", () => {
  const familiar = chooseObjects(all, "familiar");
  expect(familiar.length).toBe(64);
  expect(new Set(familiar).size).toBe(64);
});

it("spreads a number of objects over the list", () => {
  expect(chooseObjects(all, all.length)).toEqual(all);
  const few = chooseObjects(all, 10);
  expect(new Set(few).size).toBe(10);
  expect(few[5]).toBe(all[Math.floor(all.length / 2)]);
  expect(() => chooseObjects(all, all.length + 1)).toThrow(`at most ${all.length}`);
});
