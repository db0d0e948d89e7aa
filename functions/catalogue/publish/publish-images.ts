import type { ItemInput } from "../../../shared/ports/items.ts";
import type { RouteDependencies } from "../../api/dependencies.ts";
import type { Run } from "../../runs/run.ts";
import { mayLeave, type ReviewedResult, reviewedResults } from "../review/reviewed-results.ts";
import {
  makePublicFolder,
  publicationOf,
  publicationWrite,
  publicFolder,
  publicName,
  readPublications,
} from "./publications.ts";

export interface PublishWishes {
  /** Not even images that nobody had to look at. @default false */
  readonly onlyApproved?: boolean;
  /** Ids of shots. @default all */
  readonly shots?: readonly string[];
  /** Keys of tasks. @default all */
  readonly tasks?: readonly string[];
  /** Number of the task to begin with. @default 0 */
  readonly from?: number;
}

export interface Published {
  /** Addresses that are public from now on. */
  readonly published: number;
  /** Those that were. */
  readonly already: number;
  /** Images that stay where they are: rejected, or to be reviewed first. */
  readonly held: number;
  /** Task to go on with, where this call has done its share. */
  readonly next?: number;
}

/** Images that one call looks at. */
const imagesPerCall = 10_000;
const writesAtOnce = 100;

type PublishDependencies = Pick<RouteDependencies, "items" | "objects" | "clock" | "newId">;

/**
 * Gives images of a run permanent public addresses. Again with the same images changes nothing.
 * Those that are withdrawn get their old addresses back.
 */
export async function publishImages(
  run: Run,
  wishes: PublishWishes,
  dependencies: PublishDependencies,
): Promise<Published> {
  const { items, clock, newId } = dependencies;
  const owner = { accountId: run.identity.accountId, runKey: run.catalogue!.order.runKey };
  const folder = await makePublicFolder(items, owner, newId);
  const known = await readPublications(items, folder);
  const writer = new PacedWriter(items);
  let [already, held, looked] = [0, 0, 0];
  let next: number | undefined;
  for await (const result of reviewedResults(run, dependencies, wishes.from)) {
    if (result.files.length === 0 || !isMeant(result, wishes)) continue;
    if (looked >= imagesPerCall) {
      next = result.number;
      break;
    }
    looked += result.files.length;
    if (!mayLeave(result, wishes.onlyApproved)) {
      held += result.files.length;
      continue;
    }
    for (const file of result.files) {
      const name = publicName(file);
      const before = known.get(name);
      if (before !== undefined && before.withdrawnAt === undefined) already++;
      else await writer.add(publicationWrite(folder, name, publicationOf(file, clock.now())));
    }
  }
  await writer.flush();
  return { published: writer.written, already, held, next };
}

/** Takes public addresses back: they answer 410 from now on. @returns how many */
export async function withdrawImages(
  run: Run,
  wishes: Pick<PublishWishes, "shots" | "tasks">,
  dependencies: PublishDependencies,
): Promise<number> {
  const { items, clock } = dependencies;
  const owner = { accountId: run.identity.accountId, runKey: run.catalogue!.order.runKey };
  const folder = await publicFolder(items, owner);
  if (folder === undefined) return 0;
  const known = await readPublications(items, folder);
  const writer = new PacedWriter(items);
  for await (const result of reviewedResults(run, dependencies)) {
    if (!isMeant(result, wishes)) continue;
    for (const file of result.files) {
      const name = publicName(file);
      const before = known.get(name);
      if (before === undefined || before.withdrawnAt !== undefined) continue;
      await writer.add(publicationWrite(folder, name, { ...before, withdrawnAt: clock.now() }));
    }
  }
  await writer.flush();
  return writer.written;
}

function isMeant({ task }: ReviewedResult, { shots, tasks }: Pick<PublishWishes, "shots" | "tasks">): boolean {
  return (shots?.includes(task.shot) ?? true) && (tasks?.includes(task.key) ?? true);
}

interface PutWrite {
  readonly put: ItemInput;
}

/** Writes in transactions of a hundred, each key once in one. */
class PacedWriter {
  readonly #items: PublishDependencies["items"];
  #held = new Map<string, PutWrite>();
  written = 0;

  constructor(items: PublishDependencies["items"]) {
    this.#items = items;
  }

  async add(write: PutWrite): Promise<void> {
    this.#held.set(write.put.sk, write);
    if (this.#held.size === writesAtOnce) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#held.size === 0) return;
    const writes = [...this.#held.values()];
    this.#held = new Map();
    await this.#items.write(writes);
    this.written += writes.length;
  }
}
