import type { Marketplace } from "../checks/marketplace-rules.ts";
import type { SeedPolicy } from "../plan/drawn-hash.ts";
import type { Shot } from "../plan/shots.ts";
import type { CatalogueProblem } from "../problems/catalogue-problem.ts";
import type { AskedMapping } from "../products/product.ts";

/** What a caller wants of a catalogue. Times are milliseconds since the epoch, money is in micro-units. */
export interface CatalogueOrder {
  /** Ids of the uploaded files that hold the products, or nothing where the request held them. */
  readonly fileId?: string;
  /** Where the file is fetched from instead. */
  readonly sourceUrl?: string;
  /** Id of an uploaded ZIP of pictures that cells name. */
  readonly picturesFileId?: string;
  /** Address that photos are under which the table names by paths alone, as Magento's exports do. */
  readonly mediaBaseUrl?: string;
  readonly profile?: string;
  readonly encoding?: string;
  readonly sheet?: string;
  readonly headerRow?: number;
  readonly acceptLanguage?: string;
  /** Tag such as `de-DE`; goes before `acceptLanguage`. */
  readonly language?: string;
  /** By field; what is left out is found. */
  readonly mapping: AskedMapping;
  readonly duplicates: "refuse" | "suffix";
  /** Images drawn under one key are remembered, and drawn again only when something about them changes. */
  readonly runKey: string;
  /** Id or alias; the first model that is served when absent. */
  readonly model?: string;
  readonly shots: readonly Shot[];
  readonly naming: { readonly pattern: string; readonly ascii: boolean };
  readonly seeds: SeedPolicy;
  readonly maxCost?: number;
  /** Whose numbers images are compared with. @default none */
  readonly marketplaces?: readonly Marketplace[];
  /** Whether products of a category that are larger or smaller than the others are looked at. @default false */
  readonly consistentScale?: boolean;
  /** What is drawn again though it is unchanged. */
  readonly redraw: "changed" | "all" | { readonly skus: readonly string[] };
  /** Images that somebody has to look at before shops get them. @default flagged */
  readonly review?: "none" | "flagged" | "all" | "sample";
  readonly acceptWarnings: boolean;
  /** Begins by itself when it is ready. */
  readonly start: boolean;
}

/** What the tasks of a run are, compared with what was drawn before under its key. */
export interface TaskCounts {
  readonly tasks: number;
  readonly unchanged: number;
  readonly fresh: number;
  /** Images to be drawn again, by what differs from what they were drawn from: prompt, photo or settings. */
  readonly changed: { readonly prompt: number; readonly photo: number; readonly settings: number };
  /** Drawn again because they were asked for, or rejected. */
  readonly redrawn: number;
  /** That cannot be drawn, by code. */
  readonly refused: { readonly [code: string]: number };
  readonly skipped: number;
}

export interface CatalogueState {
  readonly order: CatalogueOrder;
  /** Stage of the import. */
  readonly stage: "read" | "photos" | "plan";
  /** Chunk of products whose photos are fetched next. */
  readonly photosNext?: number;
  readonly products: number;
  readonly counts: TaskCounts;
  /** Rows of the plan. Those behind them are tasks that are drawn once more: retried, or asked for in a review. */
  readonly planned?: number;
  /** The file has so many irregular rows that its caller must accept the warnings before it begins. */
  readonly needsAcceptance?: boolean;
  /** Micro-units: of all tasks to draw, of the dearest one, and what was charged so far. */
  readonly cost: {
    readonly quoted: number;
    readonly dearest: number;
    readonly charged: number;
    readonly currency: string;
  };
  /** What the latest hundred tasks came to: "" for an image, else the code of the error. */
  readonly outcomes: readonly string[];
  /** How many came to an end, the latest hundred and those before. */
  readonly settled: number;
  /** Images that had to be looked at when the run ended; absent before. */
  readonly toReview?: number;
  /** Why the file as a whole could not be used. */
  readonly problem?: CatalogueProblem;
}

/** The run with something of its catalogue changed. */
export function changed(
  run: { readonly catalogue?: CatalogueState },
  state: Partial<CatalogueState>,
): { readonly catalogue: CatalogueState } {
  return { catalogue: { ...run.catalogue!, ...state } };
}

export const noCounts: TaskCounts = {
  tasks: 0,
  unchanged: 0,
  fresh: 0,
  changed: { prompt: 0, photo: 0, settings: 0 },
  redrawn: 0,
  refused: {},
  skipped: 0,
};
