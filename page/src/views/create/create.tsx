import { useEffect, useRef, useState } from "preact/hooks";
import type { Model } from "../../../../sdk/src/index.ts";
import { DropZone } from "../../parts/layers/drop-zone.tsx";
import { View } from "../../shell/view.tsx";
import { Advice } from "./composer/advice.tsx";
import { Composer } from "./composer/composer.tsx";
import styles from "./create.module.css";
import { type Draft, draft, lastSeed } from "./draft.ts";
import { feed, nextCursor } from "./feed/feed.ts";
import { FeedList } from "./feed/feed-list.tsx";
import { submitDrawing } from "./feed/submit-drawing.ts";
import { FirstVisit } from "./first-visit.tsx";
import { takeFile } from "./input/input-state.ts";
import { jobRequest, pickSeed } from "./job-request.ts";
import { createText } from "./messages.ts";
import { chosenModel, isDefaultModel, noteDefaultModel, useModels } from "./models.ts";
import { Panel } from "./panel.tsx";
import { shownSize, sizeFault } from "./sizes.ts";
import { useArrival } from "./use-arrival.ts";

export default function Create() {
  const models = useModels().value.data;
  if (models !== undefined) noteDefaultModel(models);
  const model = chosenModel(models);
  const [wasEmpty, setWasEmpty] = useState(false);

  const drawDraft = (given: Draft) => {
    const used = models?.find(({ id }) => id === given.model) ?? model;
    if (used === undefined) return;
    const seed = given.seed ?? pickSeed();
    lastSeed.value = seed;
    submitDrawing(jobRequest(given, used, isDefaultModel(used), seed));
  };
  useArrival(model !== undefined, drawDraft);
  const blocked = blockedBy(draft.value, model);
  const isWanted = useRef(false);
  const draw = () => {
    if (draft.value.prompt.trim() === "") return setWasEmpty(true);
    setWasEmpty(false);
    isWanted.current = model === undefined;
    if (blocked === undefined) drawDraft(draft.value);
  };
  // Whoever is faster than the list of models has pressed once, and need not press again.
  useEffect(() => {
    if (model !== undefined && isWanted.current) draw();
  }, [model !== undefined]);
  const isFirst = nextCursor.value !== undefined && feed.value.length === 0;
  return (
    <div class={styles.sides}>
      <div class={styles.main}>
        <View
          title={isFirst ? createText("first") : createText("title")}
          sub={
            isFirst && model?.vocabulary
              ? createText("firstSub", { model: model.id, n: model.vocabulary.things })
              : undefined
          }
          width="create"
          hideTitle={!isFirst}
        >
          <DropZone text={createText("dropHere")} onFile={(file) => void takeFile(file)}>
            <Composer model={model} blocked={model && blocked} onDraw={draw} />
            <Advice model={model} isEmpty={wasEmpty && draft.value.prompt.trim() === ""} />
            {isFirst && model && <FirstVisit model={model} />}
            <FeedList models={models ?? []} onDraw={drawDraft} />
          </DropZone>
        </View>
      </div>
      <Panel model={model} models={models ?? []} />
    </div>
  );
}

function blockedBy(value: Draft, model: Model | undefined): string | undefined {
  if (model === undefined) return createText("noModel");
  const fault = sizeFault(shownSize({ ...value, input: null }, model), model.limits);
  return fault === null ? undefined : createText("fixSize");
}
