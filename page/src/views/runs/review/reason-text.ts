import { runsText } from "../messages.ts";
import type { RejectReason } from "./review-marks.ts";

const reasonTexts = { product: "r1", colour: "r2", text: "r3", background: "r4", cropped: "r5", other: "r6" } as const;

export function reasonText(reason: RejectReason): string {
  return runsText(reasonTexts[reason]);
}
