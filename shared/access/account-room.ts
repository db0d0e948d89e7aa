import type { Clock } from "../ports/clock.ts";
import { type Item, type Items, ItemsConditionFailed, type Write } from "../ports/items.ts";

/** What an account may have so much of: endpoints, files, bytes. */
export interface AccountLimit {
  /** Name of the counter, `endpoints`. */
  readonly name: string;
  readonly accountId: string;
  readonly most: number;
  /** How much there really is. Strongly consistent, and read in full: it is called when the room seems used up. */
  readonly count: () => Promise<number>;
  /** The refusal. */
  readonly refused: () => Error;
}

/** A limit, and how much of it a write uses. */
export interface RoomUse {
  readonly limit: AccountLimit;
  /** @default 1 */
  readonly amount?: number;
}

/** A full account is not counted again sooner: a count reads all that there is. */
const recountEveryMs = 60_000;

/**
 * Writes what uses room of an account. The room left is a number in the table that the same transaction takes from, so
 * requests of the same moment cannot exceed a limit together. Where it is used up, or was never written, what there
 * really is gets counted: items also go when their time is over.
 * @throws whatever `refused` of a limit gives; ItemsConditionFailed of `writes`
 */
export async function writeWithin(
  { items, clock }: { readonly items: Items; readonly clock: Pick<Clock, "now"> },
  uses: readonly RoomUse[],
  writes: readonly Write[],
): Promise<void> {
  const takes = uses.map(({ limit, amount = 1 }): Write => {
    const condition = { attribute: "free", atLeast: amount };
    return { add: roomKey(limit), attribute: "free", amount: -amount, if: condition };
  });
  for (;;) {
    try {
      return await items.write([...writes, ...takes]);
    } catch (error) {
      if (!(error instanceof ItemsConditionFailed) || error.failed.some((index) => index < writes.length)) throw error;
      for (const index of error.failed) {
        const { limit, amount = 1 } = uses[index - writes.length]!;
        if (!(await findRoom(limit, amount, items, clock.now()))) throw limit.refused();
      }
    }
  }
}

/** The write that gives room back, for the transaction that deletes what used it. It must happen once for each. */
export function giveRoomBack({ name, accountId }: Pick<AccountLimit, "name" | "accountId">, amount = 1): Write {
  return { add: roomKey({ name, accountId }), attribute: "free", amount };
}

/** Counts. @returns whether the write is worth another try */
async function findRoom(limit: AccountLimit, amount: number, items: Items, now: number): Promise<boolean> {
  const key = roomKey(limit);
  // Before counting: what is written meanwhile raises the version, and the count is then not taken.
  const known = await items.get(key);
  if (hasRoom(known, amount)) return true;
  if (known !== undefined && now - Number(known.data.countedAt ?? 0) < recountEveryMs) return false;
  const free = limit.most - (await limit.count());
  const put = { ...key, data: { free, countedAt: now } };
  try {
    await items.write([{ put, if: known === undefined ? { absent: true } : { version: known.version } }]);
  } catch (error) {
    if (!(error instanceof ItemsConditionFailed)) throw error;
    return true;
  }
  return free >= amount;
}

function hasRoom(known: Item | undefined, amount: number): boolean {
  return known !== undefined && Number(known.data.free) >= amount;
}

function roomKey({ name, accountId }: Pick<AccountLimit, "name" | "accountId">) {
  return { pk: `ROOM#${accountId}`, sk: name };
}
