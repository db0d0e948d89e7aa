import { Check, RotateCw, X } from "lucide";
import { Button } from "../../../parts/controls/button.tsx";
import { Dialog } from "../../../parts/layers/dialog.tsx";
import { Tag } from "../../../parts/notes/tag.tsx";
import { runsText } from "../messages.ts";
import type { Decision } from "./review-grid.tsx";
import type { Mark } from "./review-marks.ts";
import type { ReviewRow } from "./use-review-list.ts";
import styles from "./zoom-dialog.module.css";

/** The photo and the image beside each other, as large as the window allows. */
export function ZoomDialog({
  row: { sku, shot, photo_url, files, prompt },
  mark,
  onClose,
  onDecide,
}: {
  readonly row: ReviewRow;
  readonly mark: Mark | undefined;
  readonly onClose: () => void;
  readonly onDecide: (decision: Decision) => void;
}) {
  const title = `${sku} · ${shot}`;
  return (
    <Dialog
      look="full"
      title={title}
      onClose={onClose}
      actions={
        <>
          {mark && (
            <Tag kind={mark.decision === "approve" ? "ok" : "danger"}>
              {runsText(mark.decision === "approve" ? "stApproved" : mark.again ? "stAgain" : "stRejected")}
            </Tag>
          )}
          <Button kind="danger" icon={X} onClick={() => onDecide("reject")}>
            {runsText("reject")}
          </Button>
          <Button icon={RotateCw} onClick={() => onDecide("again")}>
            {runsText("drawAgain")}
          </Button>
          <Button kind="ink" icon={Check} onClick={() => onDecide("approve")}>
            {runsText("approve")}
          </Button>
        </>
      }
    >
      <div class={styles.images}>
        {photo_url !== null && (
          <figure class={styles.figure}>
            <img src={photo_url} alt={runsText("photo")} />
            <figcaption>{runsText("photo")}</figcaption>
          </figure>
        )}
        {files.map(({ url, name }) => (
          <figure key={url} class={styles.figure}>
            <img src={url} alt={name} />
            <figcaption>{runsText("result")}</figcaption>
          </figure>
        ))}
      </div>
      {prompt !== null && prompt !== "" && <p class={styles.prompt}>{prompt}</p>}
    </Dialog>
  );
}
