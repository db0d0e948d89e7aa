import { useKeys } from "../../../keys/use-keys.ts";
import type { Arrival } from "../../../shell/create-address.ts";
import { galleryText } from "../messages.ts";

interface LargeActions {
  readonly go?: (step: 1 | -1) => void;
  readonly close: () => void;
  /** Sends the image to Create. */
  readonly send?: (as: Arrival) => void;
  readonly compare?: (() => void) | undefined;
  readonly download?: () => void;
  readonly share?: () => void;
  readonly facts?: () => void;
  readonly zoom?: () => void;
  readonly remove?: () => void;
}

/** @param isCovered - whether a dialog over the view has the keys */
export function useLargeKeys(isCovered: boolean, actions: LargeActions): void {
  const { go, close } = actions;
  const possible = [
    ["ArrowLeft", "largePrev", go && (() => go(-1))],
    ["ArrowRight", "largeNext", go && (() => go(1))],
    ["Escape", "largeBack", close],
    ["a", "largeAgain", actions.send && (() => actions.send?.("again"))],
    ["v", "largeVary", actions.send && (() => actions.send?.("vary"))],
    ["u", "largeInput", actions.send && (() => actions.send?.("input"))],
    ["m", "largeMask", actions.send && (() => actions.send?.("edit"))],
    ["c", "largeCompare", actions.compare],
    ["d", "largeDownload", actions.download],
    ["s", "largeShare", actions.share],
    ["i", "largeInfo", actions.facts],
    ["z", "largeZoom", actions.zoom],
    ["Delete", "largeDel", actions.remove],
  ] as const;
  useKeys(
    () => galleryText("largeTitle"),
    isCovered
      ? []
      : possible.flatMap(([keys, text, run]) =>
          run === undefined ? [] : [{ keys, label: () => galleryText(text), run: () => run(), applies: isNotSlider }],
        ),
  );
}

/** The compare slider has arrows of its own. */
const isNotSlider = (event: KeyboardEvent): boolean =>
  !(event.target instanceof HTMLInputElement && event.key.startsWith("Arrow"));
