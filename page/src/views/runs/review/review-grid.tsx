import { Check, RotateCw, X } from "lucide";
import { useEffect, useRef, useState } from "preact/hooks";
import { type KeyBinding, useKeys } from "../../../keys/use-keys.ts";
import { Button } from "../../../parts/controls/button.tsx";
import { Chip } from "../../../parts/controls/chip.tsx";
import { toast } from "../../../parts/layers/toasts.ts";
import { runsText } from "../messages.ts";
import { reasonText } from "./reason-text.ts";
import { ReviewCard } from "./review-card.tsx";
import styles from "./review-grid.module.css";
import { type RejectReason, type ReviewMarks, rejectReasons } from "./review-marks.ts";
import type { ReviewRow } from "./use-review-list.ts";
import { ZoomDialog } from "./zoom-dialog.tsx";

/** Cards of images; one is current, and keys decide on it. */
export function ReviewGrid({
  rows,
  marks,
  onEnd,
}: {
  readonly rows: readonly ReviewRow[];
  readonly marks: ReviewMarks;
  readonly onEnd: () => void;
}) {
  const { grid, current, setCurrent, zoomed, setZoomed, decide } = useReview(rows, marks, onEnd);
  const row = rows[current];
  const mark = row && marks.shown.value.get(row.task);
  const asksWhy = mark?.decision === "reject" && mark.reason === undefined && !mark.again;
  return (
    <>
      <div
        ref={grid}
        class={styles.grid}
        role="listbox"
        tabIndex={0}
        aria-label={runsText("reviewGrid")}
        aria-activedescendant={row && optionId(row)}
      >
        {rows.map((each, index) => (
          <ReviewCard
            key={`${each.task} ${each.version}`}
            id={optionId(each)}
            row={each}
            mark={marks.shown.value.get(each.task)}
            isCurrent={index === current}
            onChoose={() => {
              // A second press on the current card looks closer.
              if (index === current) setZoomed(true);
              setCurrent(index);
            }}
          />
        ))}
      </div>
      {asksWhy && <Reasons onReason={(reason) => decide("reject", reason)} />}
      <Hints />
      {row && !asksWhy && (
        <div class={styles.bar}>
          <Button kind="danger" icon={X} wide onClick={() => decide("reject")}>
            {runsText("reject")}
          </Button>
          <Button icon={RotateCw} wide onClick={() => decide("again")}>
            {runsText("drawAgain")}
          </Button>
          <Button kind="ink" icon={Check} wide onClick={() => decide("approve")}>
            {runsText("approve")}
          </Button>
        </div>
      )}
      {zoomed && row && <ZoomDialog row={row} mark={mark} onClose={() => setZoomed(false)} onDecide={decide} />}
    </>
  );
}

export type Decision = "approve" | "reject" | "again";

/** The current card and what the keys do to it. */
function useReview(rows: readonly ReviewRow[], marks: ReviewMarks, onEnd: () => void) {
  const grid = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState(0);
  const [zoomed, setZoomed] = useState(false);
  const undoable = useRef<{ readonly task: string; readonly index: number }[]>([]);
  const row = rows[current];
  const move = (by: number) => {
    const to = Math.max(0, Math.min(rows.length - 1, current + by));
    setCurrent(to);
    if (to > rows.length - 8) onEnd();
  };
  const decide = (decision: Decision, reason?: RejectReason) => {
    if (row === undefined) return;
    undoable.current.push({ task: row.task, index: current });
    const verdict = decision === "approve" ? "approve" : "reject";
    marks.add({
      task: row.task,
      decision: verdict,
      ...(reason && { reason }),
      ...(decision === "again" && { again: true }),
    });
    // A rejection without a reason waits for one.
    if (decision !== "reject" || reason !== undefined) move(1);
  };
  const undo = () => {
    const last = undoable.current.pop();
    if (last === undefined) return;
    setCurrent(last.index);
    if (!marks.remove(last.task)) toast(runsText("undoSent"));
  };
  useEffect(() => {
    const option = row && document.getElementById(optionId(row));
    option?.scrollIntoView({ block: "nearest" });
  }, [row?.task]);
  const columns = () => columnsOf(grid.current);
  const bindings: KeyBinding[] = [
    { keys: "a", label: () => runsText("approve"), run: () => decide("approve") },
    { keys: "r", label: () => runsText("reject"), run: () => decide("reject") },
    { keys: "g", label: () => runsText("drawAgain"), run: () => decide("again") },
    { keys: "z", label: () => runsText("zoom"), run: () => setZoomed(!zoomed) },
    { keys: "ctrl+z", label: () => runsText("undoKey"), run: undo },
    { keys: "ArrowRight", label: () => runsText("move"), run: () => move(1) },
    { keys: "ArrowLeft", label: () => runsText("move"), run: () => move(-1) },
    { keys: "ArrowDown", label: () => runsText("move"), run: () => move(zoomed ? 1 : columns()) },
    { keys: "ArrowUp", label: () => runsText("move"), run: () => move(zoomed ? -1 : -columns()) },
    ...rejectReasons.map((reason, index) => ({
      keys: String(index + 1),
      label: () => reasonText(reason),
      run: () => decide("reject", reason),
    })),
  ];
  useKeys(() => runsText("review"), bindings);
  return { grid, current, setCurrent, zoomed, setZoomed, decide };
}

function optionId({ number }: ReviewRow): string {
  return `review-${number}`;
}

function columnsOf(grid: HTMLElement | null): number {
  if (grid === null) return 1;
  return getComputedStyle(grid).gridTemplateColumns.split(" ").length;
}

function Reasons({ onReason }: { readonly onReason: (reason: RejectReason) => void }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: chips in a group with a name
    <div class={styles.reasons} role="group" aria-label={runsText("why")}>
      <span>{runsText("why")}</span>
      {rejectReasons.map((reason, index) => (
        <Chip key={reason} onClick={() => onReason(reason)}>
          {index + 1} {reasonText(reason)}
        </Chip>
      ))}
    </div>
  );
}

function Hints() {
  const hints = [
    ["A", "approve"],
    ["R", "reject"],
    ["1–6", "why"],
    ["G", "drawAgain"],
    ["Z", "zoom"],
    ["← ↑ ↓ →", "move"],
    ["Ctrl Z", "undoKey"],
  ] as const;
  return (
    <>
      <ul class={styles.hints}>
        {hints.map(([key, text]) => (
          <li key={key}>
            <kbd>{key}</kbd> {runsText(text)}
          </li>
        ))}
      </ul>
      <p class={styles.price}>{runsText("againPrice")}</p>
    </>
  );
}
