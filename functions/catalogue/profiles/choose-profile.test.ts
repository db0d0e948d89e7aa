import { expect, it } from "vitest";
import { chooseProfile } from "./choose-profile.ts";
import { genericProfile } from "./profile.ts";

const feed = ["id", "title", "image_link"];

it("chooses the export that asks for most of the columns that are there", () => {
  expect(chooseProfile(feed).profile.id).toBe("google");
  expect(chooseProfile([...feed, "visibility"]).profile.id).toBe("meta");
});

it("takes a table that lacks one of an export's columns, or spells it otherwise, for no export", () => {
  expect(chooseProfile(["id", "title"])).toEqual({ profile: genericProfile, confidence: 0 });
  expect(chooseProfile(["ID", "title", "image_link"]).profile).toBe(genericProfile);
});

it("knows an export whose headers were translated by the shop, or typed anew in lower case", () => {
  expect(chooseProfile(["ID", "Typ", "Artikelnummer", "Name", "Regulärer Preis"]).profile.id).toBe("woocommerce");
  expect(chooseProfile(["type", "sku", "name", "regular price"]).profile.id).toBe("woocommerce");
  expect(chooseProfile(["handle", "title", "variant sku"]).profile.id).toBe("shopify_legacy");
});

it("is the surer the more of the export's columns are there", () => {
  const few = chooseProfile(feed).confidence;
  const more = chooseProfile([...feed, "brand", "price"]).confidence;
  expect(few).toBeGreaterThan(0);
  expect(more).toBeGreaterThan(few);
  expect(more).toBeLessThan(1);
});

it("does what the caller says though other columns are there, and refuses a name that it does not know", () => {
  expect(chooseProfile(["Kode"], "google")).toMatchObject({ profile: { id: "google" }, confidence: 0 });
  expect(chooseProfile(feed, "generic")).toEqual({ profile: genericProfile, confidence: 0 });
  const refused = () => chooseProfile(feed, "gogle");
  expect(refused).toThrow(expect.objectContaining({ code: "profile_unknown", param: "profile" }));
  expect(refused).toThrow(/gogle is not known; give one of .*google.*generic/);
});
