import type { Json } from "../../../shared/ports/items.ts";
import type { Objects } from "../../../shared/ports/objects.ts";
import type { Run } from "../../runs/run.ts";
import type { FaceDependencies } from "../../runs/run-face.ts";
import { type TemplateNames, templateNames } from "../plan/template.ts";
import { catalogueProblem } from "../problems/catalogue-problem.ts";
import {
  type ColumnMapping,
  type PhotoReference,
  type Product,
  type ProductRow,
  productFields,
} from "../products/product.ts";

/** A product as the import leaves it for the plan. */
export interface ReadProduct {
  readonly row: ProductRow;
  /** Addresses of the images that the shop has of it. */
  readonly formerImages: readonly string[];
}

/** What the plan needs to know of the file, beside its products. */
export interface FileReport {
  readonly columns: readonly string[];
  readonly mapping: ColumnMapping;
}

function folder({ id, identity }: Pick<Run, "id" | "identity">): string {
  return `in/${identity.accountId}/${id}`;
}

export async function storeRows(
  run: Pick<Run, "id" | "identity">,
  rows: readonly { readonly [column: string]: string }[],
  objects: Objects,
): Promise<void> {
  await putJson(`${folder(run)}/input.json`, rows, objects);
}

export async function* readProducts(run: Run, { objects }: FaceDependencies): AsyncGenerator<ReadProduct, void> {
  const rows = (await getJson(`${folder(run)}/input.json`, objects)) as readonly {
    readonly [column: string]: string;
  }[];
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const mapping = { ...namedFields(columns), ...run.catalogue!.order.mapping };
  const report: FileReport = { columns, mapping };
  await putJson(`${folder(run)}/report.json`, report, objects);
  for (const [index, cells] of rows.entries()) {
    const line = index + 1;
    const fields = Object.fromEntries(
      Object.entries(mapping).flatMap(([field, column]) => {
        const value = cells[column!];
        return value ? [[field, value]] : [];
      }),
    ) as Product["fields"];
    const { sku } = fields;
    if (sku === undefined) {
      const problem = catalogueProblem("sku_missing", { line, column: mapping.sku ?? "sku" });
      yield { row: { refused: { line, sku: "", problem } }, formerImages: [] };
    } else {
      const photo = fields.image === undefined ? undefined : photoOf(fields.image);
      yield { row: { product: { index, line, sku, fields, cells, ...(photo && { photo }) } }, formerImages: [] };
    }
  }
}

function photoOf(cell: string): PhotoReference {
  if (/^https?:/i.test(cell)) return { from: "url", url: cell };
  return cell.startsWith("file-") ? { from: "file", fileId: cell } : { from: "name", name: cell };
}

function namedFields(columns: readonly string[]): ColumnMapping {
  return Object.fromEntries(
    productFields.flatMap((field) => {
      const column = columns.find((name) => name.toLowerCase() === field);
      return column === undefined ? [] : [[field, column]];
    }),
  );
}

export async function readReport(
  run: Pick<Run, "id" | "identity">,
  objects: Objects,
): Promise<FileReport & { readonly names: TemplateNames }> {
  const report = (await getJson(`${folder(run)}/report.json`, objects)) as unknown as FileReport;
  return { ...report, names: templateNames(report.columns, report.mapping) };
}

async function putJson(key: string, value: unknown, objects: Objects): Promise<void> {
  await objects.put(key, Buffer.from(JSON.stringify(value)), { contentType: "application/json" });
}

async function getJson(key: string, objects: Objects): Promise<Json> {
  const stored = await objects.get(key);
  if (stored === undefined) throw new Error(`a file of a run is gone: ${key}`);
  return JSON.parse(Buffer.from(stored.body).toString("utf8")) as Json;
}
