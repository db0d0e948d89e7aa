import { runsText } from "../messages.ts";
import type { ReviewRow } from "./use-review-list.ts";

export interface Finding {
  readonly text: string;
  readonly isGood: boolean;
}

/** Below this the product in the file is not the one of the photo, in dB. */
const keptPsnr = 45;
/** Share of the border from which it counts as white. */
const whiteShare = 0.99;

/** What the numbers of an image say, in words: what speaks against it first. */
export function findingsOf({ files, review, method }: ReviewRow): Finding[] {
  const bad: string[] = [];
  const good: string[] = [];
  const { checks, findings = [] } = files[0] ?? {};
  for (const { marketplace, rule, verdict } of findings) {
    if (verdict !== "fail") continue;
    bad.push(runsText("badCheck", { marketplace: marketplace.replaceAll("_", " "), rule: rule.replaceAll("_", " ") }));
  }
  if (review?.flags.includes("near_duplicate")) bad.push(runsText("badLike"));
  if (review?.flags.includes("background_enclosed")) bad.push(runsText("badEnclosed"));
  if (review?.flags.includes("uneven_fill")) bad.push(runsText("badFill"));
  if (review?.flags.includes("changes_product")) bad.push(runsText("badChanges"));
  if (checks) {
    const { flat, product_psnr, border_white, text_distances, text_elsewhere } = checks;
    if (flat) bad.push(runsText("badFlat"));
    if ((text_distances ?? []).some((distance) => distance > 0) || (text_elsewhere ?? 0) > 0)
      bad.push(runsText("badText"));
    if (product_psnr !== undefined && product_psnr !== null) {
      if (product_psnr >= keptPsnr) good.push(runsText("okKeep"));
      else bad.push(runsText("badKeep"));
    }
    if (border_white >= whiteShare) good.push(runsText("okWhite"));
    else if (method === "keep_product" && border_white > 0.5) bad.push(runsText("badWhite"));
  }
  return [...bad.map((text) => ({ text, isGood: false })), ...good.map((text) => ({ text, isGood: true }))];
}
