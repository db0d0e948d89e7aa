import { Check, TriangleAlert } from "lucide";
import { Icon } from "../../../parts/icon.tsx";
import { Tag } from "../../../parts/notes/tag.tsx";
import { runsText } from "../messages.ts";
import { type Finding, findingsOf } from "./findings-of.ts";
import { reasonText } from "./reason-text.ts";
import styles from "./review-card.module.css";
import { type Mark, rejectReasons } from "./review-marks.ts";
import type { ReviewRow } from "./use-review-list.ts";

/** The photo and what was measured, beside the image that was drawn; and what was decided. */
export function ReviewCard({
  id,
  row,
  mark,
  isCurrent,
  onChoose,
}: {
  readonly id: string;
  readonly row: ReviewRow;
  readonly mark: Mark | undefined;
  readonly isCurrent: boolean;
  readonly onChoose: () => void;
}) {
  const { sku, shot, photo_url, files, task } = row;
  const verdict = verdictOf(row, mark);
  const file = files[0];
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: keys belong to the list, which names its current card
    // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus
    <div
      id={id}
      role="option"
      aria-selected={isCurrent}
      class={[styles.card, isCurrent ? styles.current : "", verdict ? styles[verdict.look] : ""].join(" ")}
      onClick={onChoose}
    >
      <div class={`${styles.images} ${photo_url === null ? styles.alone : ""}`}>
        <div class={styles.beside}>
          {photo_url !== null && <img class={styles.photo} src={photo_url} alt={runsText("photo")} decoding="async" />}
          <Findings findings={findingsOf(row)} />
        </div>
        {file && <img class={styles.drawn} src={file.url} alt={`${runsText("result")}: ${task}`} decoding="async" />}
      </div>
      <div class={styles.foot}>
        <strong class={styles.sku}>{sku}</strong>
        <span class={styles.shot}>{shot}</span>
        {verdict && <Tag kind={verdict.look === "approved" ? "ok" : "danger"}>{verdictText(verdict)}</Tag>}
      </div>
    </div>
  );
}

interface Verdict {
  readonly look: "approved" | "rejected";
  readonly again: boolean;
  readonly reason: string | null;
}

/** The decision of this visit, else that of the server. */
function verdictOf({ review }: ReviewRow, mark: Mark | undefined): Verdict | undefined {
  if (mark !== undefined) {
    const { decision, again = false, reason = null } = mark;
    return { look: decision === "approve" ? "approved" : "rejected", again, reason };
  }
  if (review?.state !== "approved" && review?.state !== "rejected") return undefined;
  return { look: review.state, again: false, reason: review.reason };
}

function verdictText({ look, again, reason }: Verdict): string {
  if (look === "approved") return runsText("stApproved");
  if (again) return runsText("stAgain");
  const known = rejectReasons.find((each) => each === reason);
  return known === undefined ? runsText("stRejected") : `${runsText("stRejected")} · ${reasonText(known)}`;
}

function Findings({ findings }: { readonly findings: readonly Finding[] }) {
  return (
    <ul class={styles.findings}>
      {findings.map(({ text, isGood }) => (
        <li key={text} class={isGood ? styles.good : styles.bad}>
          <Icon of={isGood ? Check : TriangleAlert} size={12} />
          <span>{text}</span>
        </li>
      ))}
    </ul>
  );
}
