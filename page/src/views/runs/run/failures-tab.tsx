import { Download, RotateCw, Type, Upload } from "lucide";
import { useState } from "preact/hooks";
import type { ResponseOf } from "../../../../../sdk/src/http/transport.ts";
import type { Run } from "../../../../../sdk/src/index.ts";
import { Button } from "../../../parts/controls/button.tsx";
import { RowItem, RowList } from "../../../parts/data/row-list.tsx";
import { saveFile } from "../../../parts/data/save-file.ts";
import { toast } from "../../../parts/layers/toasts.ts";
import { Empty } from "../../../parts/notes/empty.tsx";
import { Note } from "../../../parts/notes/note.tsx";
import { Skeleton } from "../../../parts/notes/skeleton.tsx";
import { client } from "../../../server/client.ts";
import { describeError } from "../../../server/describe-error.ts";
import { useServer } from "../../../server/queries.ts";
import { nameOf, refusedImages } from "../amounts.ts";
import { runsText } from "../messages.ts";
import { takeRun } from "../run-queries.ts";
import { csvOf } from "./csv-of.ts";
import { failureText } from "./failure-text.ts";
import styles from "./failures-tab.module.css";

type Failure = ResponseOf<"listRunFailures">["data"][number];

/** What could not be drawn, by reason, each with the one thing to do about it. */
export function FailuresTab({ run }: { readonly run: Run }) {
  const failed = run.counts.failed + refusedImages(run);
  const { data, error } = useServer({
    key: ["run-failures", run.id, failed],
    keepPrevious: true,
    get: (signal) => client.value.runs.failures(run.id, { signal }),
  }).value;
  if (error) return <Note kind="danger">{describeError(error)}</Note>;
  if (data === undefined) return <Skeleton height="160px" label={runsText("loading")} />;
  if (data.data.length === 0) return <Empty title={runsText("failNoneT")}>{runsText("failNoneP")}</Empty>;
  return (
    <>
      <div class={styles.head}>
        <h2>{runsText("failT", { n: data.data.reduce((sum, { count }) => sum + count, 0) })}</h2>
        <Button icon={Upload} href={`/runs/new?again=${run.id}`}>
          {runsText("upFix")}
        </Button>
      </div>
      <RowList label={runsText("tabF")}>
        {data.data.map((failure) => (
          <RowItem
            key={`${failure.code} ${failure.can_retry}`}
            lead={<strong class={styles.count}>{failure.count}</strong>}
            title={failureText(failure.code, failure.message)}
            text={runsText("linesN", { n: failure.lines.length, list: failure.lines.join(", ") })}
            aside={<Remedy run={run} failure={failure} />}
          />
        ))}
      </RowList>
    </>
  );
}

function Remedy({ run, failure: { code, can_retry } }: { readonly run: Run; readonly failure: Failure }) {
  const [busy, setBusy] = useState(false);
  const act = async (work: () => Promise<void>) => {
    setBusy(true);
    try {
      await work();
    } catch (error) {
      toast(describeError(error));
    } finally {
      setBusy(false);
    }
  };
  if (can_retry) {
    return (
      <Button icon={RotateCw} busy={busy} onClick={() => void act(() => retry(run, code))}>
        {runsText("dRetry")}
      </Button>
    );
  }
  if (code === "template_value_missing") {
    // A run that has begun keeps its prompt: the next one has another, and draws only what differs.
    const to = run.status === "ready" ? `/runs/${run.id}/images` : `/runs/new?again=${run.id}`;
    return (
      <Button icon={Type} href={to}>
        {runsText("dPrompt")}
      </Button>
    );
  }
  return (
    <Button icon={Download} busy={busy} onClick={() => void act(() => saveRows(run, code))}>
      {runsText("dRows")}
    </Button>
  );
}

async function retry({ id }: Run, code: string): Promise<void> {
  const { drawn_again, run } = await client.value.runs.retry(id, { reasons: [code] });
  takeRun(run);
  toast(runsText("retried", { n: drawn_again }));
}

async function saveRows(run: Run, reason: string): Promise<void> {
  const rows: (string | number)[][] = [["line", "sku", "shot", "code", "message"]];
  let cursor: string | undefined;
  do {
    const query = { status: "failed", reason, limit: "100", cursor } as const;
    const page = await client.value.runs.rows(run.id, query);
    for (const { line, sku, shot, error } of page.data) rows.push([line, sku, shot, reason, error?.message ?? ""]);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  saveFile(csvOf(rows), `${nameOf(run)}-${reason}.csv`);
}
