import type { ItemKey, Items } from "../ports/items.ts";

/** Work done and the time it took the workers, by model: one item per hour. */
const partition = (model: string): string => `PACE#${model}`;

export const modelPaceKey = (model: string, now: number): ItemKey => ({
  pk: partition(model),
  sk: new Date(now).toISOString().slice(0, 13),
});

/** Speed of one worker with a model. Work as in `work-of.ts`. */
export interface ModelPace {
  readonly msPerWork: number;
  readonly workPerJob: number;
}

/** Over the last two hours in which something was drawn: what was measured longer ago may be of another machine. */
const hours = 2;

/** `undefined` before the first job of this model has succeeded. */
export async function readModelPace(items: Items, model: string): Promise<ModelPace | undefined> {
  const { items: found } = await items.query({
    index: "main",
    partition: partition(model),
    reverse: true,
    limit: hours,
  });
  const sum = (attribute: string) => found.reduce((total, { data }) => total + Number(data[attribute] ?? 0), 0);
  const [work, ms, jobs] = [sum("work"), sum("ms"), sum("jobs")];
  return work > 0 && jobs > 0 ? { msPerWork: ms / work, workPerJob: work / jobs } : undefined;
}
