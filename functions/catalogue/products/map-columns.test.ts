import { expect, it } from "vitest";
import { chooseProfile } from "../profiles/choose-profile.ts";
import { genericProfile } from "../profiles/profile.ts";
import type { CatalogueRecord } from "../tables/catalogue-table.ts";
import { mapColumns } from "./map-columns.ts";

const records = (rows: readonly (readonly string[])[]): CatalogueRecord[] =>
  rows.map((cells, index) => ({ line: index + 2, cells }));

const columns = ["Item No.", "Product Name", "Reference"];
const sample = records([
  ["A-1", "Blue ceramic vase", "K-9"],
  ["A-2", "Red ceramic cup", "K-8"],
  ["A-3", "Black iron pot", "K-7"],
]);

it("refuses a column that is not there, with the one that was probably meant", () => {
  const refused = () => mapColumns(columns, sample, genericProfile, { title: "Prodct Name" });
  expect(refused).toThrow(expect.objectContaining({ code: "mapping_column_unknown", param: "mapping.title" }));
  expect(refused).toThrow("did you mean Product Name?");
  expect(() => mapColumns(columns, sample, genericProfile, { title: "zzz" })).toThrow("see the columns in the report");
});

it("takes what the caller says before what names say, and offers the rest", () => {
  expect(mapColumns(columns, sample, genericProfile).mapping).toEqual({ sku: "Item No.", title: "Product Name" });
  const { mapping, fields } = mapColumns(columns, sample, genericProfile, { sku: "Reference" });
  expect(mapping.sku).toBe("Reference");
  expect(fields[0]).toMatchObject({ chosenBy: "caller", samples: ["K-9", "K-8", "K-7"] });
  expect(fields[0]!.others[0]).toMatchObject({ column: "Item No.", samples: ["A-1", "A-2", "A-3"] });
});

it("takes the profile's column though another one has a likelier name", () => {
  const header = ["Handle", "Title", "Variant SKU", "sku"];
  const rows = records([["vase", "Blue vase", "V-1", "X-1"]]);
  const { profile } = chooseProfile(header);
  const { fields } = mapColumns(header, rows, profile);
  expect(fields[0]).toMatchObject({ column: "Variant SKU", chosenBy: "profile" });
  expect(mapColumns(header, rows, genericProfile).mapping.sku).toBe("sku");
});

it("does not believe a name whose values cannot be: titles that are addresses, codes that are sentences", () => {
  const header = ["SKU", "Title"];
  const rows = records([
    ["a vase for long flowers", "https://x.example/1"],
    ["a cup for hot tea", "https://x.example/2"],
  ]);
  expect(mapColumns(header, rows, genericProfile).mapping).toEqual({});
});

it("knows a column of pictures that lie in the cells", () => {
  const header = ["SKU", "Look"];
  const cells = ["A-1", ""];
  const picture = { column: 1, entry: "xl/media/1.png", name: "ID_1" };
  const imageOf = (record: CatalogueRecord) =>
    mapColumns(header, [record], genericProfile).fields.find(({ field }) => field === "image")!;
  expect(imageOf({ line: 2, cells, pictures: [picture] }).others).toMatchObject([{ column: "Look", score: 2 }]);
  expect(imageOf({ line: 2, cells }).others).toEqual([]);
});

it("takes a short description for the title where there is no other, and a long one not", () => {
  const header = ["Código artículo", "Descripción"];
  const short = records([
    ["000123", "Jarrón grande"],
    ["000124", "Taza"],
  ]);
  expect(mapColumns(header, short, genericProfile).mapping).toEqual({
    sku: "Código artículo",
    title: "Descripción",
    description: "Descripción",
  });
  expect(mapColumns(header, short, genericProfile, { title: null }).mapping.title).toBeUndefined();
  const long = records([["000123", "Un jarrón grande para flores largas, hecho a mano en un pueblo pequeño"]]);
  expect(mapColumns(header, long, genericProfile).mapping).toEqual({
    sku: "Código artículo",
    description: "Descripción",
  });
});

it("takes a column without a name, as JSON may have one, for no description", () => {
  expect(mapColumns(["sku", ""], records([["A-1", "a"]]), genericProfile).mapping).toEqual({ sku: "sku" });
});

it("takes the language that most products have a name in", () => {
  const header = ["sku", "family", "categories", "name-de_DE", "name-en_US"];
  const rows = records([
    ["K-1", "v", "h", "Vase", "Vase"],
    ["K-2", "v", "h", "", "Cup"],
  ]);
  expect(mapColumns(header, rows, chooseProfile(header).profile).mapping.title).toBe("name-en_US");
});

it("takes a column in the reader's language, unless it is half empty", () => {
  const file = ["sku", "family", "categories", "name-en_US", "name-de_DE"];
  const { profile } = chooseProfile(file);
  const rows = (german: readonly string[]) => records(german.map((name, i) => [`S${i}`, "mugs", "k", "mug", name]));
  const title = (sample: ReturnType<typeof rows>) => mapColumns(file, sample, profile, {}, ["de-AT"]).mapping.title;
  expect(title(rows(["Becher", "Becher", ""]))).toBe("name-de_DE");
  expect(title(rows(["Becher", "", ""]))).toBe("name-en_US");
});
