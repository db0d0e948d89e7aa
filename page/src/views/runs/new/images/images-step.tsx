import { Plus } from "lucide";
import { useEffect, useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import type { RunReport } from "../../../../../../sdk/src/index.ts";
import { Button } from "../../../../parts/controls/button.tsx";
import { Note } from "../../../../parts/notes/note.tsx";
import { keepInTab, keptInTab } from "../../../../shell/kept.ts";
import { moneyText } from "../../../../text/money-text.ts";
import { nameOf } from "../../amounts.ts";
import { runsText } from "../../messages.ts";
import { isReading, useReport, useRun, useWishes } from "../../run-queries.ts";
import type { Shot } from "../file/create-run.ts";
import { ReadingState } from "../file/reading-state.tsx";
import { StepFrame } from "../step-frame.tsx";
import { useSaving } from "../use-saving.ts";
import { AddShotDialog } from "./add-shot-dialog.tsx";
import styles from "./images-step.module.css";
import { LivePrompts } from "./live-prompts.tsx";
import { ShotForm } from "./shot-form.tsx";
import { methodTitle, shotErrors, withFreeName } from "./shot-names.ts";
import { usePreview } from "./use-preview.ts";

/** The third step: the images that are wanted of each product. A draft stays in this tab until it is saved. */
export function ImagesStep({ id }: { readonly id: string }) {
  const { route } = useLocation();
  const { data: run, error } = useRun(id).value;
  const { data: report } = useReport(id, !isReading(run)).value;
  const { shots, setShots, forget } = useDraft(id);
  const [chosen, setChosen] = useState(0);
  const saving = useSaving(id);
  const errors = shots?.map((shot, index) =>
    shotErrors(
      shot,
      shots.filter((_, other) => other !== index),
    ),
  );
  const isWhole = errors?.every((each) => Object.keys(each).length === 0) ?? false;
  const preview = usePreview(id, isWhole ? shots : undefined, report !== undefined && report !== null);
  const onNext = async (part: string) => {
    if (shots === undefined) return;
    const saved = await saving.save({ shots: [...shots] });
    if (saved === undefined) return;
    forget();
    if (saved.status !== "failed") route(`/runs/${id}/${saved.status === "ready" ? part : ""}`);
  };
  const place = Math.min(chosen, (shots?.length ?? 1) - 1);
  const price = preview.priceOfAll(report?.products ?? 0);
  return (
    <StepFrame
      step={2}
      id={id}
      title={run && nameOf(run)}
      back={<Button href={`/runs/${id}/columns`}>{runsText("back")}</Button>}
      summary={
        shots && run && report && price !== undefined
          ? runsText("equation", {
              products: report.products,
              shots: shots.length,
              images: report.products * shots.length,
              price: moneyText(price, run.cost.currency),
            })
          : undefined
      }
      next={
        <Button
          kind="ink"
          busy={saving.busy}
          blocked={isWhole ? undefined : runsText("promptNeeded")}
          onClick={() => void onNext("start")}
        >
          {runsText("next")}
        </Button>
      }
    >
      <ReadingState run={run} error={error ?? saving.error} />
      {shots && report && run && (
        <>
          <PhotosOffer shots={shots} report={report} onUse={(shot) => setShots([shot])} />
          <div class={styles.columns}>
            <ShotList
              shots={shots}
              chosen={place}
              onChoose={setChosen}
              onAdd={(shot) => {
                setShots([...shots, withFreeName(shot, shots)]);
                setChosen(shots.length);
              }}
            />
            <div class={styles.side}>
              <ShotForm
                key={place}
                shot={shots[place]!}
                errors={errors?.[place] ?? {}}
                report={report}
                onChange={(shot) => setShots(shots.map((each, index) => (index === place ? shot : each)))}
                onRemove={
                  shots.length > 1
                    ? () => {
                        setShots(shots.filter((_, index) => index !== place));
                        setChosen(Math.max(0, place - 1));
                      }
                    : undefined
                }
              />
              <LivePrompts shot={shots[place]!} preview={preview} report={report} run={run} />
            </div>
          </div>
        </>
      )}
    </StepFrame>
  );
}

/** Shots as they are edited: the server's until something is changed. */
function useDraft(id: string) {
  const name = `zimage.shots.${id}`;
  const wishes = useWishes(id).value.data;
  const [draft, setDraft] = useState<readonly Shot[] | undefined>(() => {
    const text = keptInTab(name);
    return text === null ? undefined : (JSON.parse(text) as Shot[]);
  });
  useEffect(() => {
    if (draft !== undefined) keepInTab(name, JSON.stringify(draft));
  }, [draft]);
  return {
    shots: draft ?? (wishes?.shots as readonly Shot[] | undefined),
    setShots: setDraft,
    forget: () => {
      keepInTab(name, null);
      setDraft(undefined);
    },
  };
}

function ShotList({
  shots,
  chosen,
  onChoose,
  onAdd,
}: {
  readonly shots: readonly Shot[];
  readonly chosen: number;
  readonly onChoose: (place: number) => void;
  readonly onAdd: (shot: Shot) => void;
}) {
  const [adding, setAdding] = useState(false);
  return (
    <div class={styles.list}>
      <h2>{runsText("shots")}</h2>
      {shots.map(({ id, method, size }, index) => (
        <button
          key={id}
          type="button"
          class={styles.shot}
          aria-pressed={index === chosen}
          onClick={() => onChoose(index)}
        >
          <strong>{id}</strong>
          <span>
            {methodTitle(method)}
            {size && ` · ${size.replace("x", " × ")}`}
          </span>
        </button>
      ))}
      {shots.length < 12 && (
        <Button wide icon={Plus} onClick={() => setAdding(true)}>
          {runsText("addShot")}
        </Button>
      )}
      {adding && (
        <AddShotDialog
          onClose={() => setAdding(false)}
          onAdd={(shot) => {
            setAdding(false);
            onAdd(shot);
          }}
        />
      )}
    </div>
  );
}

/** A table with photos, of which nothing is used so far. */
function PhotosOffer({
  shots,
  report,
  onUse,
}: {
  readonly shots: readonly Shot[];
  readonly report: RunReport;
  readonly onUse: (shot: Shot) => void;
}) {
  const hasPhotos = report.mapping.some(({ field, column }) => field === "image" && column !== null);
  if (!hasPhotos || shots.some(({ method }) => method !== "draw")) return null;
  const kept: Shot = {
    id: "main",
    method: "keep_product",
    size: "1600x1600",
    product: { background: "white", fill: 0.88 },
    finish: { pure_white: true },
    optional: ["title", "color"],
    alt: "{{title}}{% if color %}, {{color}}{% endif %}",
  };
  return (
    <Note kind="info" action={<Button onClick={() => onUse(kept)}>{runsText("hasPhotosDo")}</Button>}>
      {runsText("hasPhotos")}
    </Note>
  );
}
