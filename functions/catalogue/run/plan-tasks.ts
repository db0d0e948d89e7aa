import { maxExpectedTextCharacters } from "../../../shared/limits.ts";
import { type CatalogModel, findModel } from "../../../shared/model-catalog/model-catalog.ts";
import { InvalidRequestError } from "../../../shared/request/field-errors.ts";
import { parseImageRequest } from "../../../shared/request/parse-image-request.ts";
import type { Identity } from "../../api/access/identity.ts";
import type { RouteDependencies } from "../../api/dependencies.ts";
import { priceSubmission } from "../../api/submission/price-submission.ts";
import { atOnce } from "../../runs/at-once.ts";
import type { StoredPhoto } from "../photos/fetch-photo.ts";
import type { FoundPhoto } from "../photos/photo-stage.ts";
import { detailBox } from "../plan/detail-box.ts";
import { drawnHash, photoHash, skuSeed } from "../plan/drawn-hash.ts";
import { fileStem } from "../plan/file-names.ts";
import { type ShotOfProduct, shotRequest } from "../plan/shot-request.ts";
import { drawsNoPixel, type Shot } from "../plan/shots.ts";
import { parseTemplate, type Template, type TemplateNames } from "../plan/template.ts";
import { CatalogueError, type CatalogueProblem, catalogueProblem } from "../problems/catalogue-problem.ts";
import type { Product, RefusedRow } from "../products/product.ts";
import type { CatalogueOrder } from "./catalogue-state.ts";
import { type DrawingOverrides, type RememberedImage, recallImage } from "./image-memory.ts";
import { type Task, type TaskRequest, taskKey } from "./task.ts";

export interface PhotographedProduct {
  readonly product: Product;
  readonly photo?: StoredPhoto;
  readonly photoProblem?: CatalogueProblem;
  /** Says which part of the photo is the product. */
  readonly mask?: FoundPhoto;
}

/** A product, or a row that is none for a reason. */
export type PlannedRow = PhotographedProduct | { readonly refused: RefusedRow };

export type PlanDependencies = Pick<RouteDependencies, "items" | "models" | "prices" | "newSeed" | "clock">;

/** A task, and what the engine is given when it is to be drawn. */
export interface PlannedTask {
  readonly task: Task;
  readonly request?: TaskRequest;
}

interface PlannedShot {
  readonly shot: ShotOfProduct["shot"];
  readonly prompt?: Template;
  readonly negative?: Template;
  readonly alt?: Template;
  readonly text: readonly Template[];
}

const recallsAtOnce = 32;
/** Stands for any photo while a shot is tried without a product. */
const anyPhoto = { fileId: `file-${"0".repeat(26)}` };

/** The decisions of a plan, made once for all products. */
export class TaskPlanner {
  readonly #order: CatalogueOrder;
  readonly #identity: Identity;
  readonly #dependencies: PlanDependencies;
  readonly #shots: readonly PlannedShot[];
  readonly #model: CatalogModel;
  readonly #names: TemplateNames;
  readonly #redrawn: ReadonlySet<string>;

  /** @throws CatalogueError `template_unknown_name`, `template_invalid`, `shot_invalid` */
  constructor(
    order: CatalogueOrder,
    { columns, names }: { readonly columns: readonly string[]; readonly names: TemplateNames },
    { identity, ...dependencies }: PlanDependencies & { readonly identity: Identity },
  ) {
    this.#order = order;
    this.#identity = identity;
    this.#dependencies = dependencies;
    const model = order.model === undefined ? dependencies.models[0]! : findModel(dependencies.models, order.model);
    if (model === undefined) throw new CatalogueError("shot_invalid", { field: "model", value: `${order.model}` });
    this.#model = model;
    this.#names = names;
    this.#redrawn = new Set(typeof order.redraw === "object" ? order.redraw.skus : []);
    this.#shots = order.shots.map((wanted, index) => {
      const { width = model.defaultWidth, height = model.defaultHeight } = wanted;
      const shot = { ...wanted, width, height };
      const all = withOptional(names, shot.optional);
      const parse = (text: string | undefined, field: string) =>
        text === undefined ? undefined : parseTemplate(text, `shots[${index}].${field}`, { columns, names: all });
      if (shot.when !== undefined && !columns.includes(shot.when.column)) {
        throw new CatalogueError("template_unknown_name", {
          field: `shots[${index}].when`,
          value: shot.when.column,
          suggestion: { en: `the columns are ${columns.join(", ")}`, zh: `现有列：${columns.join("，")}` },
        });
      }
      this.#checkShot(shot, `shots[${index}]`);
      return {
        shot,
        prompt: parse(shot.prompt, "prompt"),
        negative: parse(shot.negative, "negative"),
        alt: parse(shot.alt, "alt"),
        text: (shot.text ?? []).map((line, place) => parse(line, `text[${place}]`)!),
      };
    });
  }

  /** What the model cannot draw is refused for all products at once. */
  #checkShot(shot: ShotOfProduct["shot"], field: string): void {
    const tried = {
      shot,
      prompt: "x",
      negative: "",
      seed: 0,
      photo: anyPhoto,
      box: { x: 0, y: 0, width: 1, height: 1 },
    };
    try {
      this.#price(shotRequest(tried, this.#model));
    } catch (error) {
      if (!(error instanceof InvalidRequestError)) throw error;
      throw new CatalogueError("shot_invalid", { field, value: error.message }, { param: field });
    }
  }

  /**
   * All tasks of these products, in their order.
   * @param again - only these, by key, with what is asked of each
   */
  async plan(
    rows: readonly PlannedRow[],
    again?: ReadonlyMap<string, DrawingOverrides | undefined>,
  ): Promise<PlannedTask[]> {
    const drafts = rows.flatMap((row): (() => Promise<PlannedTask> | PlannedTask)[] => {
      if ("refused" in row) return again === undefined ? [() => refusedTask(row.refused)] : [];
      const shots = this.#shots.filter(({ shot }) => again?.has(taskKey(row.product.sku, shot.id)) ?? true);
      return shots.map((parts) => () => this.#plan(row, parts, again?.get(taskKey(row.product.sku, parts.shot.id))));
    });
    const planned: PlannedTask[] = [];
    await atOnce([...drafts.entries()], recallsAtOnce, async ([index, plan]) => {
      planned[index] = await plan();
    });
    return planned;
  }

  async #plan(
    { product, photo, photoProblem, mask: foundMask }: PhotographedProduct,
    { shot, prompt, negative, alt, text }: PlannedShot,
    asked: DrawingOverrides | undefined,
  ): Promise<PlannedTask> {
    const { sku, line } = product;
    const key = taskKey(sku, shot.id);
    const frame = { key, sku, shot: shot.id, line, version: 1, stems: [] };
    if (!isWanted(product, shot)) return { task: { ...frame, status: "skipped" } };
    const method = methodFor(shot, photo);
    if (method === "skip") return { task: { ...frame, status: "skipped" } };
    if (method === "fail") {
      const problem = photoProblem ?? catalogueProblem("photo_missing", { line, value: sku });
      return { task: { ...frame, status: "failed", problem } };
    }
    const { photo: mask, problem: maskProblem } = (method === "keep_product" && foundMask) || {};
    if (maskProblem !== undefined) return { task: { ...frame, status: "failed", problem: maskProblem } };
    try {
      const before = await recallImage(this.#dependencies.items, this.#owner, key);
      const version = nextVersion(before, this.#isRedrawn(sku));
      const overrides = asked ?? before?.overrides;
      const words = {
        prompt: withSuffix(prompt?.render(product) ?? "", overrides?.promptSuffix),
        negative: negative?.render(product) ?? "",
      };
      const seed = overrides?.seed ?? this.#seed(product, shot, version);
      const box = method === "crop" ? detailBox(product, this.#names, shot.crop) : undefined;
      const used = { ...methodShot(shot, method), crop: box, strength: overrides?.strength ?? shot.strength };
      const hash = this.#hash(used, { ...words, seed, photo, mask });
      const stems = Array.from({ length: shot.n }, (_, n) => this.#stem(product, shot, n + 1, version));
      const described = {
        ...frame,
        method,
        version,
        stems,
        prompt: words.prompt,
        alt: alt?.render(product),
        photo: photo?.fileId,
        model: drawsNoPixel(used) ? undefined : this.#model.id,
        hash: hash.all,
        category: this.#order.consistentScale ? product.fields.category : undefined,
      };
      if (before !== undefined && before.hash.all === hash.all && before.version === version) {
        const { images: kept, jobId } = before;
        return { task: { ...described, status: "unchanged", kept, jobId } };
      }
      // A job has words even where none are drawn by: they are what lists of jobs show.
      const shown = words.prompt === "" ? (product.fields.title ?? sku) : words.prompt;
      const lines = text
        .map((line) => line.render(product).slice(0, maxExpectedTextCharacters))
        .filter((line) => line !== "");
      const request = shotRequest(
        { shot: used, ...words, prompt: shown, text: lines, seed, photo, mask, box },
        this.#model,
      );
      const price = this.#price(request);
      const change = changeOf(before, hash, version);
      return {
        task: { ...described, status: "draw", change },
        request: { sku, shot: shot.id, version, hash, price, request, overrides },
      };
    } catch (error) {
      if (error instanceof CatalogueError) return { task: { ...frame, status: "failed", problem: error.problem } };
      if (!(error instanceof InvalidRequestError)) throw error;
      const problem = catalogueProblem("shot_invalid", { field: shot.id, line, value: error.message });
      return { task: { ...frame, status: "failed", problem } };
    }
  }

  #isRedrawn(sku: string): boolean {
    return this.#order.redraw === "all" || this.#redrawn.has(sku);
  }

  get #owner() {
    return { accountId: this.#identity.accountId, runKey: this.#order.runKey };
  }

  #seed(product: Product, shot: Shot, version: number): number {
    const { seeds, runKey } = this.#order;
    if (seeds.kind === "fixed") return seeds.seed;
    if (seeds.kind === "per_sku") return skuSeed(runKey, product.sku, shot.id, version);
    const cell = product.cells[seeds.column] ?? "";
    const seed = Number(cell);
    if (/^\d{1,15}$/.test(cell)) return seed;
    throw new CatalogueError("template_value_missing", { field: "seeds", line: product.line, column: seeds.column });
  }

  #stem(product: Product, shot: Shot, n: number, version: number): string {
    const { pattern, ascii } = this.#order.naming;
    const { parentKey: handle, fields, cells, sku } = product;
    const values = { sku, shot: shot.id, n, version, handle, barcode: fields.barcode, asin: cells.asin1 ?? cells.asin };
    return fileStem(pattern, values, { ascii });
  }

  /** Of what is not drawn, neither words nor seed nor model decide how it looks. */
  #hash(shot: Shot, { photo, mask, ...words }: HashedParts) {
    const { id: model, createdS } = this.#model;
    const given = photoHash(photo, mask);
    if (drawsNoPixel(shot)) {
      return drawnHash({ model: "", revision: "", shot, prompt: "", negative: "", seed: 0, photo: given });
    }
    const from = { model, revision: String(createdS), shot, ...words };
    return drawnHash(shot.method === "draw" ? from : { ...from, photo: given });
  }

  /** With all the rules of a request: what the model cannot draw fails here, before money is spoken of. */
  #price(request: { readonly [field: string]: unknown }): number {
    const { clock } = this.#dependencies;
    const submission = { ...parseImageRequest(request, this.#dependencies), lane: "batch" as const };
    return priceSubmission(submission, this.#dependencies, clock.now()).amount;
  }
}

interface HashedParts {
  readonly prompt: string;
  readonly negative: string;
  readonly seed: number;
  readonly photo?: StoredPhoto | undefined;
  readonly mask?: StoredPhoto | undefined;
}

function refusedTask({ sku, line, problem }: RefusedRow): PlannedTask {
  return { task: { key: `line ${line}`, sku, shot: "", line, status: "failed", problem, version: 1, stems: [] } };
}

/** What is done for a product: a method that needs a photo falls back where there is none. */
function methodFor(shot: Shot, photo: StoredPhoto | undefined): Shot["method"] | "skip" | "fail" {
  if (shot.method === "draw" || photo !== undefined) return shot.method;
  return shot.fallback;
}

/** The shot without what belongs to another method than the one that is used. */
function methodShot<S extends Shot>(shot: S, method: Shot["method"]): S {
  const product = method === "keep_product" ? shot.product : undefined;
  return { ...shot, method, product, crop: undefined };
}

/** With names that the file need not have: without column, they have no value. */
function withOptional(names: TemplateNames, optional: readonly string[] = []): TemplateNames {
  return new Map([...optional.map((name) => [name, name] as const), ...names]);
}

function isWanted({ cells }: Product, { when }: Shot): boolean {
  if (when === undefined) return true;
  const cell = cells[when.column] ?? "";
  if (when.equals !== undefined && cell !== when.equals) return false;
  return when.filled === undefined || when.filled === (cell !== "");
}

function withSuffix(prompt: string, suffix: string | undefined): string {
  return suffix === undefined ? prompt : `${prompt} ${suffix}`.trim();
}

function nextVersion(before: RememberedImage | undefined, isRedrawn: boolean): number {
  if (before === undefined) return 1;
  return isRedrawn || before.rejected ? before.version + 1 : before.version;
}

function changeOf(
  before: RememberedImage | undefined,
  { prompt, photo }: RememberedImage["hash"],
  version: number,
): NonNullable<Task["change"]> {
  if (before === undefined) return "fresh";
  if (before.version !== version) return "redrawn";
  if (before.hash.prompt !== prompt) return "prompt";
  return before.hash.photo === photo ? "settings" : "photo";
}
