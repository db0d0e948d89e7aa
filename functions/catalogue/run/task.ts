import type { KeptImage } from "../../runs/run.ts";
import type { DrawnHash } from "../plan/drawn-hash.ts";
import type { Shot } from "../plan/shots.ts";
import type { CatalogueProblem } from "../problems/catalogue-problem.ts";
import type { DrawingOverrides } from "./image-memory.ts";

/** One shot of one product, as the plan leaves it: what is drawn, was drawn already, or cannot be. */
export interface Task {
  /** What it is known by in every run: `{sku}#{shot}`. */
  readonly key: string;
  readonly sku: string;
  readonly shot: string;
  /** Line of its product in the file. */
  readonly line: number;
  /** How its image is made. */
  readonly method?: Shot["method"];
  readonly status: "draw" | "unchanged" | "failed" | "skipped";
  /** Why it is drawn. */
  readonly change?: "fresh" | "prompt" | "photo" | "settings" | "redrawn";
  /** Its row among those that are drawn. */
  readonly row?: number;
  readonly problem?: CatalogueProblem;
  /** The images before, where the task is unchanged. */
  readonly kept?: readonly KeptImage[];
  readonly jobId?: string;
  readonly version: number;
  /** Names of its files without extension, one for each variation. */
  readonly stems: readonly string[];
  readonly prompt?: string;
  readonly alt?: string;
  /** What its image is drawn by; absent where nothing is drawn. */
  readonly model?: string;
  /** Digest of all that decides how it looks. */
  readonly hash?: string;
  /** Of its product: what is compared with what. */
  readonly category?: string;
  /** Id of the stored photo that it is made from. */
  readonly photo?: string;
}

/** What the engine is given to draw a task: the body of a row. */
export interface TaskRequest {
  readonly sku: string;
  readonly shot: string;
  readonly version: number;
  readonly hash: DrawnHash;
  /** Micro-units. */
  readonly price: number;
  /** A body as `POST /v1/jobs` takes it. */
  readonly request: { readonly [field: string]: unknown };
  readonly overrides?: DrawingOverrides;
  /** Of a task that is drawn once more: what differs from the task of the plan. */
  readonly again?: Pick<Task, "change" | "version" | "stems" | "prompt" | "alt">;
}

export function taskKey(sku: string, shot: string): string {
  return `${sku}#${shot}`;
}
