import * as z from "zod";
import { InvalidFileError } from "../errors.ts";
import type { ImageParams, JobPrice, Lane } from "../job.ts";
import builtIn from "../prices.json" with { type: "json" };
import { type DrawnParams, pixelCalls } from "../request/drawing-passes.ts";

const rate = z.int().min(0).max(1_000_000_000);

const priceListSchema = z
  .array(
    z.strictObject({
      effectiveFrom: z.iso.datetime(),
      currency: z.string().regex(/^[A-Z]{3}$/, "must be three capital letters such as USD"),
      note: z.string().optional(),
      /** Micro-units per megapixel and network call. `*` stands for every model without a rate of its own. */
      rates: z.array(z.strictObject({ model: z.string().min(1), interactive: rate, batch: rate })).min(1),
    }),
  )
  .min(1);

/** Dated tables of prices. The one that counts is the newest that is in force. */
export type PriceList = z.infer<typeof priceListSchema>;
export type PriceTable = PriceList[number];

export const defaultPrices: PriceList = parsePriceList(builtIn, "shared/prices.json");

/** @throws InvalidFileError naming the file and what is wrong in it */
export function parsePriceList(value: unknown, file: string): PriceList {
  const { data, error } = priceListSchema.safeParse(value);
  if (data === undefined) {
    const [issue] = error!.issues;
    throw new InvalidFileError(`${file}: ${issue?.path.join(".") || "the list"} ${issue?.message ?? "is wrong"}`);
  }
  for (const { rates, effectiveFrom } of data) {
    const names = rates.map(({ model }) => model);
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined) throw new InvalidFileError(`${file}: the table of ${effectiveFrom} prices ${twice} twice`);
    if (!names.includes("*")) {
      throw new InvalidFileError(`${file}: the table of ${effectiveFrom} has no rate for "*", which prices all others`);
    }
  }
  const currencies = new Set(data.map(({ currency }) => currency));
  if (currencies.size > 1) {
    throw new InvalidFileError(`${file}: balances have one currency, the tables have ${[...currencies].join(", ")}`);
  }
  return data.toSorted((a, b) => Date.parse(a.effectiveFrom) - Date.parse(b.effectiveFrom));
}

export interface Priced {
  readonly params: DrawnParams & Pick<ImageParams, "n">;
  /** The model's id, then its other names: the first with a rate counts. */
  readonly modelNames: readonly string[];
  readonly lane: Lane;
}

/**
 * What a job costs if it succeeds: per image the rate times megapixels times network calls (`pixelCalls`), rounded up
 * to whole micro-units.
 *
 * @param at - milliseconds since the epoch
 */
export function priceOf(prices: PriceList, { params, modelNames, lane }: Priced, at: number): JobPrice {
  const table = tableAt(prices, at);
  const rate = rateOf(table, modelNames)[lane];
  const perImage = Math.ceil((rate * pixelCalls(params)) / 1_000_000);
  return { amount: params.n * perImage, currency: table.currency, rate, lane, effectiveFrom: table.effectiveFrom };
}

/** The rates of a model: of the first of its names that has some, else those of `*`. */
export function rateOf({ rates }: PriceTable, modelNames: readonly string[]): PriceTable["rates"][number] {
  const known = modelNames.find((name) => rates.some(({ model }) => model === name)) ?? "*";
  return rates.find(({ model }) => model === known)!;
}

/** Currency of all its tables, and so of all balances. */
export function currencyOf(prices: PriceList): string {
  return prices[0]!.currency;
}

/** The newest table in force; the oldest one for the time before it. */
export function tableAt(prices: PriceList, at: number): PriceTable {
  return prices.findLast(({ effectiveFrom }) => Date.parse(effectiveFrom) <= at) ?? prices[0]!;
}

/** When a newer table takes over, in milliseconds since the epoch. */
export function nextPricesAt(prices: PriceList, at: number): number | undefined {
  const next = prices.find(({ effectiveFrom }) => Date.parse(effectiveFrom) > at);
  return next && Date.parse(next.effectiveFrom);
}
