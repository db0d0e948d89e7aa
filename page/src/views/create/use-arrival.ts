import { useEffect } from "preact/hooks";
import { useLocation } from "preact-iso";
import { client } from "../../server/client.ts";
import { describeError } from "../../server/describe-error.ts";
import { arrivals, fileForCreate } from "../../shell/create-address.ts";
import { changeDraft, type Draft, emptyDraft, replaceDraft } from "./draft.ts";
import { draftOfParams, startFromImage, varied } from "./feed/image-actions.ts";
import { inputNote, takeFile } from "./input/input-state.ts";
import { maskOpen } from "./mask/mask-state.ts";
import { openPanel } from "./panel-state.ts";
import { parseSize } from "./sizes.ts";

/** Takes what another view sends by the address (`create-address.ts`), once; then the address is Create's own again. */
export function useArrival(isReady: boolean, onDraw: (draft: Draft) => void): void {
  const { query, route } = useLocation();
  useEffect(() => {
    const file = fileForCreate.peek();
    fileForCreate.value = null;
    if (file !== null) void takeFile(file);
  }, []);
  useEffect(() => {
    if (!isReady || (query.image === undefined && query.prompt === undefined)) return;
    route("/", true);
    if (query.prompt !== undefined) {
      const steps = Number(query.steps ?? Number.NaN);
      changeDraft({
        prompt: query.prompt,
        size: parseSize(query.size ?? ""),
        ...(Number.isInteger(steps) && steps > 0 && { steps }),
      });
    } else void takeImage(query, onDraw);
  }, [isReady, query.image, query.prompt]);
}

async function takeImage(
  { image = "", as }: { readonly image?: string; readonly as?: string },
  onDraw: (draft: Draft) => void,
) {
  const action = arrivals.find((each) => each === as) ?? "settings";
  try {
    const detail = await client.peek().images.get(image);
    const { id, index, width, height, params, seed } = detail;
    const settings = { ...draftOfParams(params, seed), n: 1 };
    if (action === "again") return onDraw({ ...settings, seed: null });
    if (action === "vary") return onDraw(varied({ ...settings, seed: null }, detail));
    if (action === "settings" || action === "code") {
      replaceDraft({ ...emptyDraft, ...settings });
      if (action === "code") openPanel("code", "code");
      return;
    }
    startFromImage({ id, index, width, height });
    if (action === "edit") maskOpen.value = true;
  } catch (error) {
    inputNote.value = { kind: "error", text: describeError(error) };
  }
}
