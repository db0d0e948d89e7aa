import { useRef } from "preact/hooks";
import type { Run } from "../../../../../sdk/src/index.ts";
import { Stat } from "../../../parts/data/stat.tsx";
import { Note } from "../../../parts/notes/note.tsx";
import { useServer } from "../../../server/queries.ts";
import { moneyText } from "../../../text/money-text.ts";
import { formatNumber } from "../../../text/texts.ts";
import { duration, refusedImages } from "../amounts.ts";
import { Card } from "../card.tsx";
import { runsText } from "../messages.ts";
import { ReadingState } from "../new/file/reading-state.tsx";
import { latestImages } from "./latest-images.ts";
import { PausedNote } from "./paused-note.tsx";
import { ProgressBar } from "./progress-bar.tsx";
import styles from "./progress-tab.module.css";

/** How far a run is, why it stands still, and what it drew last. */
export function ProgressTab({ run }: { readonly run: Run }) {
  const { counts, cost, eta_s, status } = run;
  const perMinute = usePace(run);
  const failures = counts.failed + refusedImages(run);
  return (
    <>
      {(run.problem || status === "importing") && <ReadingState run={run} error={null} />}
      {run.paused && <PausedNote run={run} paused={run.paused} />}
      {run.warnings.map((warning) => (
        <WarningNote key={warning} warning={warning} />
      ))}
      <div class={styles.figures}>
        <ProgressBar run={run} />
        <div class={styles.stats}>
          <Stat
            value={`${formatNumber(counts.drawn + counts.unchanged)} / ${formatNumber(counts.tasks)}`}
            label={runsText("drawn")}
          />
          <Stat value={formatNumber(failures)} label={runsText("failures")} />
          {counts.under_way > 0 && <Stat value={formatNumber(counts.under_way)} label={runsText("underWay")} />}
          {perMinute !== undefined && <Stat value={formatNumber(perMinute, 1)} label={runsText("rate")} />}
          {eta_s !== null && status === "running" && <Stat value={duration(eta_s)} label={runsText("eta")} />}
          <Stat value={moneyText(cost.charged, cost.currency)} label={runsText("spent")} />
        </div>
      </div>
      <Latest run={run} />
    </>
  );
}

/** The server says these in English; what they say is known. */
function WarningNote({ warning }: { readonly warning: string }) {
  const text = warning.startsWith("restyle")
    ? "restyleWarn"
    : warning.startsWith("a drawn main")
      ? "drawWarn"
      : undefined;
  return <Note kind="info">{text === undefined ? warning : runsText(text)}</Note>;
}

/** Images a minute since this page has looked, or since the start of a run that has just begun. */
function usePace({ status, counts: { drawn }, started_at }: Run): number | undefined {
  const first = useRef<{ readonly drawn: number; readonly at: number } | undefined>(undefined);
  if (status !== "running" || started_at === null) {
    first.current = undefined;
    return undefined;
  }
  const began = Date.parse(started_at);
  first.current ??= Date.now() - began < 120_000 ? { drawn: 0, at: began } : { drawn, at: Date.now() };
  const minutes = (Date.now() - first.current.at) / 60_000;
  const more = drawn - first.current.drawn;
  return more > 0 && minutes > 0.05 ? more / minutes : undefined;
}

function Latest({ run: { id, counts } }: { readonly run: Run }) {
  const done = counts.drawn + counts.unchanged;
  const { data } = useServer({
    key: ["run-latest", id, done],
    enabled: done > 0,
    keepPrevious: true,
    get: (signal) => latestImages(id, { drawn: counts.drawn, most: 12 }, signal),
  }).value;
  return (
    <Card title={runsText("latest")}>
      {data === undefined || data.length === 0 ? (
        <p class={styles.none}>{runsText("latestNone")}</p>
      ) : (
        <ul class={styles.images}>
          {data.map(({ name, url }) => (
            <li key={url} class={styles.image}>
              <img src={url} alt={name} title={name} decoding="async" />
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
