import type { Item, Items } from "./items.ts";
import { queryEach } from "./query-all.ts";

/*
 * What falls due for every job or account would make one partition of the `due` index the limit of a whole deployment:
 * a partition of DynamoDB takes 1,000 writes a second. So it is spread over sixteen.
 */

const shards = 16;

/** @returns the partition of `due` in which this id lies */
export function dueShard(partition: string, id: string): string {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + character.codePointAt(0)!) % 65_521;
  return `${partition}#${sum % shards}`;
}

/** All of them; the first is the whole of it in stores of earlier versions. */
export function dueShards(partition: string): readonly string[] {
  return [partition, ...Array.from({ length: shards }, (_, shard) => `${partition}#${shard}`)];
}

/** What is due by `to`, earliest first. @param partitions - one, or several that are read together */
export async function queryDue(
  items: Pick<Items, "query">,
  partitions: string | readonly string[],
  { to, limit }: { readonly to?: number; readonly limit: number },
): Promise<Item[]> {
  const pages = await Promise.all(
    [partitions]
      .flat()
      .flatMap(dueShards)
      .map((partition) => items.query({ index: "due", partition, to, limit })),
  );
  return pages
    .flatMap(({ items: found }) => found)
    .sort((a, b) => a.dueAt! - b.dueAt!)
    .slice(0, limit);
}

/** Everything due by `to`, shard by shard. */
export async function* eachDue(
  items: Pick<Items, "query">,
  partition: string,
  { to, pageSize }: { readonly to?: number; readonly pageSize?: number } = {},
): AsyncGenerator<Item, void> {
  for (const shard of dueShards(partition)) yield* queryEach(items, { index: "due", partition: shard, to }, pageSize);
}
