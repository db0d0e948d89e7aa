import { Check } from "lucide";
import { useEffect, useMemo, useState } from "preact/hooks";
import type { ResponseOf } from "../../../../../sdk/src/http/transport.ts";
import type { Run } from "../../../../../sdk/src/index.ts";
import { Button } from "../../../parts/controls/button.tsx";
import { Seg } from "../../../parts/controls/seg.tsx";
import { Dialog } from "../../../parts/layers/dialog.tsx";
import { toast } from "../../../parts/layers/toasts.ts";
import { Empty } from "../../../parts/notes/empty.tsx";
import { Note } from "../../../parts/notes/note.tsx";
import { Skeleton } from "../../../parts/notes/skeleton.tsx";
import { client } from "../../../server/client.ts";
import { describeError } from "../../../server/describe-error.ts";
import { queries } from "../../../server/queries.ts";
import { formatNumber } from "../../../text/texts.ts";
import { runsText } from "../messages.ts";
import { takeRun } from "../run-queries.ts";
import { ReviewGrid } from "./review-grid.tsx";
import { ReviewMarks } from "./review-marks.ts";
import styles from "./review-tab.module.css";
import { sendMarks } from "./send-marks.ts";
import { type ReviewRow, type Shown, useReviewList } from "./use-review-list.ts";

/** Images to look at, the riskiest first, with the decisions on them. */
export function ReviewTab({ run }: { readonly run: Run }) {
  const [shown, setShown] = useState<Shown>("needs_review");
  const list = useReviewList(run.id, shown);
  const marks = useMarks(run.id);
  const open = list.counts === undefined ? 0 : openImages(list.counts, list.rows, marks);
  return (
    <>
      <Head
        counts={list.counts}
        estimate={list.estimate}
        open={open}
        run={run}
        onApproved={() => {
          list.reload();
          void queries.invalidateQueries({ queryKey: ["run-review-count", run.id] });
        }}
      />
      <div class={styles.show}>
        <Seg
          label={runsText("showWhich")}
          value={shown}
          onChange={setShown}
          options={[
            { value: "needs_review", label: runsText("showOpen") },
            { value: "approved", label: runsText("showApproved") },
            { value: "rejected", label: runsText("showRejected") },
            { value: "all", label: runsText("showAll") },
          ]}
        />
        {marks.unsent.value > 0 && (
          <span class={styles.unsent} role="status">
            {runsText("unsent", { n: marks.unsent.value })}
          </span>
        )}
      </div>
      {list.error !== undefined && <Note kind="danger">{describeError(list.error)}</Note>}
      {list.isLoading && list.rows.length === 0 && <Skeleton height="320px" label={runsText("loading")} />}
      {!list.isLoading && list.rows.length === 0 && list.error === undefined && (
        <Empty title={runsText((list.counts?.approved ?? 0) > 0 ? "reviewDoneT" : "reviewNoneT")}>
          {runsText((list.counts?.approved ?? 0) > 0 ? "reviewDoneP" : "reviewNoneP")}
        </Empty>
      )}
      {list.rows.length > 0 && <ReviewGrid rows={list.rows} marks={marks} onEnd={list.more} />}
      {list.hasMore && (
        <div class={styles.more}>
          <Button busy={list.isLoading} onClick={list.more}>
            {runsText("moreImages")}
          </Button>
        </div>
      )}
    </>
  );
}

function useMarks(id: string): ReviewMarks {
  const marks = useMemo(() => new ReviewMarks(id, (some) => sendMarks(id, some).then(({ run }) => takeRun(run))), [id]);
  useEffect(() => {
    // Nobody waits for a page that is put away.
    const flush = () => marks.flush();
    document.addEventListener("visibilitychange", flush);
    addEventListener("zimage:reconnected", flush);
    return () => {
      document.removeEventListener("visibilitychange", flush);
      removeEventListener("zimage:reconnected", flush);
      flush();
    };
  }, [marks]);
  return marks;
}

type ReviewList = ResponseOf<"listRunReview">;

/** As the server counted, less what was marked here since. */
function openImages({ needs_review }: ReviewList["counts"], rows: readonly ReviewRow[], marks: ReviewMarks): number {
  const marked = rows.filter(({ task, review }) => review?.state === "needs_review" && marks.shown.value.has(task));
  return Math.max(0, needs_review - marked.length);
}

function Head({
  counts,
  estimate,
  open,
  run: { id },
  onApproved,
}: {
  readonly counts: ReviewList["counts"] | undefined;
  readonly estimate: ReviewList["estimate"] | undefined;
  readonly open: number;
  readonly run: Run;
  readonly onApproved: () => void;
}) {
  const [asks, setAsks] = useState(false);
  const [busy, setBusy] = useState(false);
  const approveRest = async () => {
    setBusy(true);
    try {
      const { run } = await client.value.runs.review(id, { state: "needs_review", decision: "approve" });
      takeRun(run);
      onApproved();
    } catch (error) {
      toast(describeError(error));
    } finally {
      setBusy(false);
      setAsks(false);
    }
  };
  const percent = (share: number) => formatNumber(share * 100, 1);
  return (
    <div class={styles.head}>
      <h2>{counts && runsText("left", { n: open })}</h2>
      {estimate && (
        <span class={styles.estimate}>
          {runsText("estimate", {
            rejected: estimate.rejected,
            n: estimate.looked_at,
            low: percent(estimate.low),
            high: percent(estimate.high),
          })}
        </span>
      )}
      {open > 0 && (
        <Button icon={Check} busy={busy} onClick={() => setAsks(true)}>
          {runsText("approveRest")}
        </Button>
      )}
      {asks && (
        <Dialog
          title={runsText("approveRestT")}
          onClose={() => setAsks(false)}
          actions={
            <Button kind="ink" busy={busy} onClick={() => void approveRest()}>
              {runsText("approveRest")}
            </Button>
          }
        >
          <p>{runsText("approveRestP", { n: open })}</p>
        </Dialog>
      )}
    </div>
  );
}
