import { afterEach, expect, it } from "vitest";
import { drawnTask, keptImage, openDrawnRun } from "../../../test/support/catalogue/drawn-run.ts";
import type { CatalogueOrder } from "../run/catalogue-state.ts";
import type { Task } from "../run/task.ts";
import { publicName, readPublications } from "./publications.ts";
import { publishImages, withdrawImages } from "./publish-images.ts";

const folder = "jkmnpqrstvwxyz01";

let close = async () => {};
afterEach(() => close());

async function open(tasks: readonly Task[], order: Partial<CatalogueOrder> = {}) {
  const opened = await openDrawnRun(tasks, order);
  close = opened.close;
  return {
    ...opened,
    publish: (wishes = {}) => publishImages(opened.run, wishes, opened),
    withdraw: (wishes = {}) => withdrawImages(opened.run, wishes, opened),
    /** Each public image with whether it is withdrawn. */
    all: async () =>
      [...(await readPublications(opened.items, folder))].map(([name, { withdrawnAt }]) => [name, withdrawnAt]),
  };
}

const nameOf = (sku: string) => publicName({ ...keptImage(sku), name: `${sku}_main_1.png` });

it("publishes once, and gives what is withdrawn its old address back", async () => {
  const { publish, withdraw, all, clock } = await open([drawnTask("A"), drawnTask("B", { status: "skipped" })]);
  expect(await publish()).toEqual({ published: 1, already: 0, held: 0 });
  expect(await publish()).toEqual({ published: 0, already: 1, held: 0 });
  expect(await withdraw()).toBe(1);
  expect(await all()).toEqual([[nameOf("A"), clock.now()]]);
  expect(await withdraw()).toBe(0);
  expect(await publish()).toEqual({ published: 1, already: 0, held: 0 });
  expect(await all()).toEqual([[nameOf("A"), undefined]]);
});

it("publishes and withdraws only the tasks and shots that are meant", async () => {
  const { publish, withdraw, all } = await open([
    drawnTask("A"),
    drawnTask("B"),
    drawnTask("C", { key: "C#side", shot: "side" }),
  ]);
  expect(await publish({ shots: ["main"], tasks: ["A#main", "C#side"] })).toMatchObject({ published: 1 });
  expect(await all()).toEqual([[nameOf("A"), undefined]]);
  await publish();
  expect(await withdraw({ tasks: ["B#main"] })).toBe(1);
  expect((await all()).filter(([, withdrawnAt]) => withdrawnAt !== undefined).map(([name]) => name)).toEqual([
    nameOf("B"),
  ]);
});

it("holds back what must be looked at first, and what nobody has approved where that is asked for", async () => {
  const { publish } = await open([drawnTask("A"), drawnTask("B", { method: "restyle" })]);
  expect(await publish({ onlyApproved: true })).toEqual({ published: 0, already: 0, held: 2 });
  expect(await publish()).toEqual({ published: 1, already: 0, held: 1 });
});

it("stops after ten thousand images, and says where to go on", async () => {
  const many = Array.from({ length: 100 }, (_, n) => keptImage(`same ${n % 2}`));
  // A hundred files of a task that have two addresses between them: written as two.
  const tasks = Array.from({ length: 102 }, (_, n) => drawnTask(`S${n}`, { kept: many, stems: many.map(() => "cup") }));
  const { publish } = await open(tasks);
  expect(await publish()).toEqual({ published: 2, already: 0, held: 0, next: 100 });
  expect(await publish({ from: 100 })).toEqual({ published: 0, already: 200, held: 0 });
});
