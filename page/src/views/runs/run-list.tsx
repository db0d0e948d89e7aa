import { Layers, Plus } from "lucide";
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import type { Run } from "../../../../sdk/src/index.ts";
import { Button } from "../../parts/controls/button.tsx";
import { RowItem, RowList } from "../../parts/data/row-list.tsx";
import { Icon } from "../../parts/icon.tsx";
import { Empty } from "../../parts/notes/empty.tsx";
import { Note } from "../../parts/notes/note.tsx";
import { Skeleton } from "../../parts/notes/skeleton.tsx";
import { client } from "../../server/client.ts";
import { describeError } from "../../server/describe-error.ts";
import { polling } from "../../server/polling.ts";
import { queries, useServer } from "../../server/queries.ts";
import { View } from "../../shell/view.tsx";
import { formatAgo } from "../../text/format.ts";
import { moneyText } from "../../text/money-text.ts";
import { nameOf } from "./amounts.ts";
import { runsText } from "./messages.ts";
import { createSampleRun } from "./new/file/create-run.ts";
import { latestImages } from "./run/latest-images.ts";
import { ProgressBar } from "./run/progress-bar.tsx";
import styles from "./run-list.module.css";
import { StatusTag } from "./status-tag.tsx";

const pageSize = 20;

/** All runs, newest first. */
export function RunList() {
  const [limit, setLimit] = useState(pageSize);
  const key = ["runs", limit];
  const known = queries.getQueryData<{ readonly data: readonly Run[] }>(key);
  const moves = known?.data.some(({ status }) => status === "running" || status === "importing") ?? false;
  const list = useServer({
    key,
    get: (signal) => client.value.runs.list({ limit }, { signal }),
    everyMs: moves ? polling.runningRun : polling.run,
    keepPrevious: true,
  }).value;
  const runs = list.data?.data ?? [];
  return (
    <View
      title={runsText("title")}
      sub={runsText("sub")}
      aside={
        runs.length > 0 && (
          <Button kind="ink" icon={Plus} href="/runs/new">
            {runsText("newRun")}
          </Button>
        )
      }
    >
      {list.error && <Note kind="danger">{describeError(list.error)}</Note>}
      {list.isPending && <Skeleton height="240px" label={runsText("loading")} />}
      {list.isSuccess && runs.length === 0 && <NoRuns />}
      {runs.length > 0 && (
        <RowList label={runsText("title")}>
          {runs.map((run) => (
            <RunItem key={run.id} run={run} />
          ))}
        </RowList>
      )}
      {list.data?.has_more && limit < 100 && (
        <div class={styles.more}>
          <Button onClick={() => setLimit(100)}>{runsText("older")}</Button>
        </div>
      )}
    </View>
  );
}

function RunItem({ run }: { readonly run: Run }) {
  const { id, status, counts, cost, created_at } = run;
  const done = counts.unchanged + counts.drawn;
  return (
    <RowItem
      lead={<Thumbnail run={run} />}
      title={
        <>
          <a class={styles.name} href={status === "ready" ? `/runs/${id}/start` : `/runs/${id}`}>
            {nameOf(run)}
          </a>
          <StatusTag status={status} />
        </>
      }
      text={
        <div class={styles.progress}>
          <ProgressBar run={run} />
          <span>
            {runsText("progressOf", { a: done, b: counts.tasks })} · {formatAgo(created_at)}
          </span>
        </div>
      }
      aside={
        <span class={styles.money}>{moneyText(status === "ready" ? cost.quoted : cost.charged, cost.currency)}</span>
      }
    />
  );
}

/** The latest image of a run. */
function Thumbnail({ run: { id, counts } }: { readonly run: Run }) {
  const { data } = useServer({
    // Another one is worth a request only when the first has come, and at the end.
    key: ["run-thumbnail", id, counts.drawn > 0, counts.drawn >= counts.to_draw],
    enabled: counts.drawn + counts.unchanged > 0,
    keepPrevious: true,
    get: (signal) => latestImages(id, { drawn: counts.drawn, most: 1 }, signal),
  }).value;
  const image = data?.[0];
  return (
    <span class={styles.icon}>
      {image === undefined ? <Icon of={Layers} size={20} /> : <img src={image.url} alt="" decoding="async" />}
    </span>
  );
}

function NoRuns() {
  const { route } = useLocation();
  const [state, setState] = useState<{ readonly busy: boolean; readonly error?: unknown }>({ busy: false });
  const onSample = async () => {
    setState({ busy: true });
    try {
      route(`/runs/${(await createSampleRun()).id}/columns`);
    } catch (error) {
      setState({ busy: false, error });
    }
  };
  return (
    <Empty
      title={runsText("emptyT")}
      action={
        <div class={styles.actions}>
          <Button kind="ink" icon={Plus} href="/runs/new">
            {runsText("newRun")}
          </Button>
          <Button busy={state.busy} onClick={() => void onSample()}>
            {runsText("sample")}
          </Button>
          {state.error !== undefined && <Note kind="danger">{describeError(state.error)}</Note>}
        </div>
      }
    >
      {runsText("emptyP")}
    </Empty>
  );
}
