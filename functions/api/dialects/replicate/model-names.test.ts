import { expect, it } from "vitest";
import { catalogModel } from "../../../../shared/model-catalog/model-catalog.ts";
import { modelOfVersion, replicateName, versionOf } from "./model-names.ts";

const turbo = {
  ...catalogModel({ id: "turbo", family: "turbo", random: false }),
  aliases: ["fast", "a/b/c", "me/turbo"],
};
const base = { ...catalogModel({ id: "base", family: "base", random: false }), aliases: ["slow"], ownedBy: "them" };
const models = [turbo, base];

it("is the first alias that is owner/name, else the model's id under its owner", () => {
  expect(replicateName(turbo)).toEqual({ owner: "me", name: "turbo" });
  expect(replicateName(base)).toEqual({ owner: "them", name: "base" });
});

it("has the SHA-256 of the model's id for its version", () => {
  // printf turbo | sha256sum
  expect(versionOf(turbo)).toBe("c3449cd99d19554da590a1d8a779f7c583577738f0bc8af1956d5f74bd51194a");
});

it("is found by its version, with or without a name, by its id and by its aliases", () => {
  for (const version of [versionOf(turbo), `who/ever:${versionOf(turbo)}`, "turbo", "fast", "me/turbo"]) {
    expect(modelOfVersion(models, version)?.id).toBe("turbo");
  }
});

it("is not found by a name with another's version, or with none", () => {
  for (const version of ["", "turbo:", "me/turbo:0123", "them/base", `${versionOf(turbo)}:x`]) {
    expect(modelOfVersion(models, version)).toBeUndefined();
  }
  expect(modelOfVersion(models, `me/turbo:${versionOf(base)}`)?.id).toBe("base");
});
