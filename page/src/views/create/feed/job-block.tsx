import { CircleStop, Code, Copy, Download, ImagePlus, RefreshCw, Shuffle, SlidersHorizontal } from "lucide";
import type { Model } from "../../../../../sdk/src/index.ts";
import { Button } from "../../../parts/controls/button.tsx";
import { copyText } from "../../../parts/data/copy-text.ts";
import { Menu } from "../../../parts/layers/menu.tsx";
import { Note } from "../../../parts/notes/note.tsx";
import { useNow } from "../../../parts/use-now.ts";
import { client } from "../../../server/client.ts";
import { formatAgo } from "../../../text/format.ts";
import { formatNumber } from "../../../text/texts.ts";
import type { Draft } from "../draft.ts";
import { createText } from "../messages.ts";
import { openPanel } from "../panel-state.ts";
import { changeFeedJob } from "./feed.ts";
import { type FeedJob, isOpen, settingsOf } from "./feed-job.ts";
import { draftOfJob, restoreJob, startFromImage, varied } from "./image-actions.ts";
import styles from "./job-block.module.css";
import { jobFailure } from "./job-failure.ts";
import { withdrawDrawing } from "./submit-drawing.ts";
import { Tile } from "./tile.tsx";

/** Jobs in a row with the same prompt and settings: their tiles, and what can be done with them. */
export function JobBlock({
  entries,
  models,
  onDraw,
}: {
  /** Newest first. */
  readonly entries: readonly FeedJob[];
  readonly models: readonly Model[];
  /** Draws with these settings; the composer keeps its own. */
  readonly onDraw: (draft: Draft) => void;
}) {
  const newest = entries[0]!;
  const tiles = entries.flatMap((entry) =>
    Array.from({ length: settingsOf(entry).n }, (_, index) => (
      <Tile key={`${entry.key}-${index}`} entry={entry} index={index} />
    )),
  );
  const { prompt } = settingsOf(newest);
  const now = useNow(newest.sentAgainAt !== null);
  return (
    <article class={`${styles.block} ${tiles.length === 1 ? styles.single : ""}`} aria-label={prompt.slice(0, 120)}>
      <header class={styles.head}>
        <div class={styles.text}>
          <h2 class={styles.prompt} dir="auto">
            {prompt}
          </h2>
          <p class={styles.facts}>{factsOf(newest, now)}</p>
          <Failure entry={newest} models={models} onDraw={onDraw} />
          {newest.job?.warnings.map((warning) => (
            <p key={warning.message} class={styles.warning}>
              {warning.message}
            </p>
          ))}
        </div>
        <Actions entries={entries} onDraw={onDraw} />
      </header>
      <ul class={styles.tiles}>{tiles}</ul>
    </article>
  );
}

function factsOf(entry: FeedJob, now: number): string {
  const { job, sentAgainAt } = entry;
  if (sentAgainAt !== null) return createText("busy", { s: Math.max(1, Math.ceil((sentAgainAt - now) / 1_000)) });
  const { width, height, seed, steps } = settingsOf(entry);
  const seconds = job?.timings.inference_ms == null ? null : job.timings.inference_ms / 1_000;
  return [
    width !== undefined && `${width}×${height}`,
    seed !== undefined && createText("seedIs", { seed: String(seed) }),
    steps !== undefined && createText("stepsAre", { n: steps }),
    seconds !== null && createText("secondsAre", { s: formatNumber(seconds, 1) }),
    job?.finished_at != null && formatAgo(job.finished_at),
    isOpen(entry) && job !== null && createText("charged"),
  ]
    .filter(Boolean)
    .join(" · ");
}

function Actions({
  entries,
  onDraw,
}: {
  readonly entries: readonly FeedJob[];
  readonly onDraw: (draft: Draft) => void;
}) {
  const open = entries.filter(isOpen);
  const newest = entries[0]!;
  if (open.length > 0) {
    return (
      <Button icon={CircleStop} onClick={() => open.forEach(stop)}>
        {createText("cancelJob")}
      </Button>
    );
  }
  const job = newest.job!;
  const first = job.images[0];
  const again = () => onDraw(draftOfJob(job, null));
  const vary = () => first && onDraw(varied(draftOfJob(job, null), first));
  return (
    <div class={styles.actions}>
      <Button kind="quiet" icon={RefreshCw} onClick={again}>
        {createText("again")}
      </Button>
      {first && (
        <Button kind="quiet" icon={Shuffle} onClick={vary}>
          {createText("vary")}
        </Button>
      )}
      <span class={styles.wide}>
        <Button kind="quiet" icon={Code} onClick={() => showCode(newest)}>
          {createText("code")}
        </Button>
      </span>
      <Menu
        items={[
          { label: createText("restore"), icon: SlidersHorizontal, run: () => restoreJob(job) },
          { label: createText("code"), icon: Code, run: () => showCode(newest) },
          { label: createText("copyPrompt"), icon: Copy, run: () => void copyText(job.params.prompt) },
          ...(first
            ? [
                { label: createText("asInput"), icon: ImagePlus, run: () => startFromImage(first) },
                { label: createText("download"), icon: Download, run: () => location.assign(first.url) },
              ]
            : []),
        ]}
      />
    </div>
  );
}

function showCode({ job }: FeedJob): void {
  if (job) restoreJob(job);
  openPanel("code", "code");
}

function stop({ key, job }: FeedJob): void {
  if (job === null) {
    withdrawDrawing(key);
    return;
  }
  void client
    .peek()
    .jobs.cancel(job.id)
    .then(
      (canceled) => changeFeedJob(key, { job: canceled }),
      // It may have ended meanwhile, which its stream tells.
      () => {},
    );
}

function Failure({
  entry: { job },
  models,
  onDraw,
}: {
  readonly entry: FeedJob;
  readonly models: readonly Model[];
  readonly onDraw: (draft: Draft) => void;
}) {
  if (job?.status !== "failed" && job?.status !== "expired") return null;
  const { text, cure } = jobFailure(job, models);
  return (
    <Note kind="danger" action={<Button onClick={() => onDraw(cure.draft)}>{cure.label}</Button>}>
      {text}
    </Note>
  );
}
