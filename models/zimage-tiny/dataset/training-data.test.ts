import { expect, it } from "vitest";
import { loadObjects } from "./objects.ts";
import { chooseObjects } from "./training-data.ts";

const all = await loadObjects();

it("knows every familiar object, once", () => {
  const familiar = chooseObjects(all, "familiar");
  expect(familiar.length).toBe(64);
  expect(new Set(familiar).size).toBe(64);
});

it("takes the familiar objects and spreads the rest over the list", () => {
  expect(new Set(chooseObjects(all, all.length))).toEqual(new Set(all));
  const some = chooseObjects(all, 400);
  expect(new Set(some).size).toBe(400);
  expect(some.slice(0, 64)).toEqual(chooseObjects(all, "familiar"));
  const places = some.slice(64).map((object) => all.indexOf(object));
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(Math.max(...places.slice(1).map((place, index) => place - places[index]!))).toBeLessThan(12);
  expect(chooseObjects(all, 10)).toEqual(chooseObjects(all, "familiar").slice(0, 10));
  expect(() => chooseObjects(all, all.length + 1)).toThrow(`at most ${all.length}`);
});
