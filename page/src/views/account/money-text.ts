import { formatMoney } from "../../text/format.ts";
import { accountText } from "./messages.ts";

const smallestMicro = 100;

/** An amount of whole micro-units in words; one too small to show is "under" the smallest that can be. */
export function moneyText(micro: number, currency: string): string {
  return formatMoney(micro, currency) ?? accountText("under", { amount: formatMoney(smallestMicro, currency) ?? "" });
}
