import { commonText } from "./common.ts";
import { formatMoney } from "./format.ts";

/** The smallest amount that is shown as a figure, in micro-units. */
const smallestMicro = 100;

/** An amount of whole micro-units in words; one too small to show is "under" the smallest that can be. */
export function moneyText(micro: number, currency: string): string {
  const amount = formatMoney(micro, currency);
  return amount ?? commonText("underAmount", { amount: formatMoney(smallestMicro, currency) ?? "" });
}
