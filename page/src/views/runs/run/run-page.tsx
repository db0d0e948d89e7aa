import { ArrowLeft, Copy, Pause, Play, Plus, Square } from "lucide";
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import type { Run } from "../../../../../sdk/src/index.ts";
import { Button } from "../../../parts/controls/button.tsx";
import { copyText } from "../../../parts/data/copy-text.ts";
import { Tabs } from "../../../parts/data/tabs.tsx";
import { Dialog } from "../../../parts/layers/dialog.tsx";
import { Menu } from "../../../parts/layers/menu.tsx";
import { toast } from "../../../parts/layers/toasts.ts";
import { Note } from "../../../parts/notes/note.tsx";
import { Skeleton } from "../../../parts/notes/skeleton.tsx";
import { client } from "../../../server/client.ts";
import { describeError } from "../../../server/describe-error.ts";
import { useServer } from "../../../server/queries.ts";
import { View } from "../../../shell/view.tsx";
import { moneyText } from "../../../text/money-text.ts";
import { nameOf, refusedImages } from "../amounts.ts";
import { runsText } from "../messages.ts";
import { ReviewTab } from "../review/review-tab.tsx";
import { takeRun, useRun } from "../run-queries.ts";
import { StatusTag } from "../status-tag.tsx";
import { DownloadsTab } from "./downloads-tab.tsx";
import { FailuresTab } from "./failures-tab.tsx";
import { ProgressTab } from "./progress-tab.tsx";
import styles from "./run-page.module.css";

export type RunTab = "progress" | "review" | "failures" | "downloads";

/** A run: how far it is, its images to look at, what failed, and what leaves it. */
export function RunPage({ id, tab }: { readonly id: string; readonly tab: RunTab }) {
  const { route } = useLocation();
  const { data: run, error } = useRun(id).value;
  const done = run === undefined ? 0 : run.counts.drawn + run.counts.unchanged;
  const { data: review } = useServer({
    // Another image may be one to look at.
    key: ["run-review-count", id, done],
    enabled: done > 0,
    keepPrevious: true,
    get: (signal) => client.value.runs.reviewList(id, { limit: "1", state: "needs_review" }, { signal }),
  }).value;
  if (run === undefined) {
    return (
      <View title={runsText("title")} lead={<BackToRuns />}>
        {error ? (
          <Note kind="danger">{describeError(error)}</Note>
        ) : (
          <Skeleton height="320px" label={runsText("loading")} />
        )}
      </View>
    );
  }
  const failures = run.counts.failed + refusedImages(run);
  const open = review?.counts.needs_review ?? 0;
  return (
    <View
      title={nameOf(run)}
      lead={<BackToRuns />}
      sub={<StatusTag status={run.status} />}
      aside={
        <div class={styles.actions}>
          <RunActions run={run} />
        </div>
      }
    >
      <Tabs
        label={nameOf(run)}
        value={tab}
        onChange={(to) => route(to === "progress" ? `/runs/${id}` : `/runs/${id}/${to}`)}
        tabs={[
          { value: "progress", label: runsText("tabO") },
          { value: "review", label: runsText("tabR"), ...(open > 0 && { count: open }) },
          { value: "failures", label: runsText("tabF"), ...(failures > 0 && { count: failures }) },
          { value: "downloads", label: runsText("tabD") },
        ]}
      >
        <div class={styles.panel}>
          {tab === "progress" && <ProgressTab run={run} />}
          {tab === "review" && <ReviewTab run={run} />}
          {tab === "failures" && <FailuresTab run={run} />}
          {tab === "downloads" && <DownloadsTab run={run} />}
        </div>
      </Tabs>
    </View>
  );
}

function BackToRuns() {
  return <Button kind="quiet" icon={ArrowLeft} href="/runs" label={runsText("title")} />;
}

const open: ReadonlySet<Run["status"]> = new Set(["importing", "ready", "running", "paused"]);

/** What may be done with a run as a whole. */
function RunActions({ run }: { readonly run: Run }) {
  const { route } = useLocation();
  const [state, setState] = useState<{ readonly busy: boolean; readonly asks: boolean }>({ busy: false, asks: false });
  const act = async (change: () => Promise<Run>, told?: string) => {
    setState({ busy: true, asks: false });
    try {
      takeRun(await change());
      if (told !== undefined) toast(told);
    } catch (error) {
      toast(describeError(error));
    } finally {
      setState({ busy: false, asks: false });
    }
  };
  const { runs } = client.value;
  const isOpen = open.has(run.status);
  const items = [
    { label: runsText("copyId"), icon: Copy, run: () => void copyText(run.id) },
    { label: runsText("newOfSame"), icon: Plus, run: () => route(`/runs/new?again=${run.id}`) },
    ...(isOpen
      ? [{ label: runsText("stop"), icon: Square, danger: true, run: () => setState({ busy: false, asks: true }) }]
      : []),
  ];
  return (
    <>
      {run.status === "running" && (
        <Button
          icon={Pause}
          busy={state.busy}
          onClick={() => void act(() => runs.pause(run.id), runsText("pausedToast"))}
        >
          {runsText("pause")}
        </Button>
      )}
      {run.status === "paused" && (
        <Button icon={Play} busy={state.busy} onClick={() => void act(() => runs.resume(run.id))}>
          {runsText("resume")}
        </Button>
      )}
      {run.status === "ready" && (
        <Button kind="ink" href={`/runs/${run.id}/start`}>
          {runsText("openSteps")}
        </Button>
      )}
      <Menu items={items} />
      {state.asks && (
        <StopDialog
          run={run}
          onClose={() => setState({ busy: false, asks: false })}
          onStop={() => void act(() => runs.cancel(run.id))}
        />
      )}
    </>
  );
}

function StopDialog({
  run: { counts, cost },
  onClose,
  onStop,
}: {
  readonly run: Run;
  readonly onClose: () => void;
  readonly onStop: () => void;
}) {
  const drawn = counts.drawn + counts.unchanged;
  const left = Math.max(0, counts.to_draw - counts.drawn - counts.failed);
  return (
    <Dialog
      title={runsText("stopT")}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{runsText("stopKeep")}</Button>
          <Button kind="danger" onClick={onStop}>
            {runsText("stopDo")}
          </Button>
        </>
      }
    >
      <p>{runsText("stopP", { drawn, left, spent: moneyText(cost.charged, cost.currency) })}</p>
    </Dialog>
  );
}
