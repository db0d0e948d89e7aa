import { signal } from "@preact/signals";
import { emptyHistory, type MaskHistory } from "./strokes.ts";

/** Whether the mask of the draft's image is being painted. */
export const maskOpen = signal(false);

const histories = new Map<string, MaskHistory>();

/** What was painted on an image in this tab, also where its dialog was closed. */
export function historyOf(imageId: string): MaskHistory {
  return histories.get(imageId) ?? emptyHistory;
}

export function keepHistory(imageId: string, history: MaskHistory): void {
  histories.set(imageId, history);
}
