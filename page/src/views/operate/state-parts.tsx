import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { lazy } from "preact-iso";
import type { ServiceState } from "../../../../sdk/src/index.ts";
import { Stat } from "../../parts/data/stat.tsx";
import { Stats } from "../../parts/data/stats.tsx";
import { Table } from "../../parts/data/table.tsx";
import { Empty } from "../../parts/notes/empty.tsx";
import { Tag } from "../../parts/notes/tag.tsx";
import { loadPart } from "../../shell/load-part.ts";
import { formatAgo, formatBytes, formatDay, formatMoney } from "../../text/format.ts";
import { formatNumber } from "../../text/texts.ts";
import { operateText } from "./messages.ts";
import styles from "./operate.module.css";

const Chart = lazy(loadPart(() => import("../../parts/data/bar-chart.tsx")));

interface StateProps {
  readonly state: ServiceState;
}

const seconds = (value: number) => operateText("seconds", { n: formatNumber(value, value < 10 ? 1 : 0) });

/** What waits in each lane, and for how long. */
export function Waiting({ state }: StateProps) {
  const { lanes, wait } = state;
  return (
    <Stats>
      {lanes.map(({ lane, waiting, running, oldest_age_s: oldest }) => (
        <Stat
          key={lane}
          value={formatNumber(waiting)}
          label={operateText("waitingIn", { lane: operateText(`lane_${lane}`) })}
        >
          <span class={styles.small}>
            {waiting === 0 && `${operateText("nothingWaits")} · `}
            {oldest !== null && `${operateText("oldest")}: ${seconds(oldest)} · `}
            {operateText("running")}: {formatNumber(running)}
          </span>
        </Stat>
      ))}
      {wait !== null && <Stat value={seconds(wait.p50_s)} label={operateText("p50")} />}
      {wait !== null && <Stat value={seconds(wait.p95_s)} label={operateText("p95")} />}
    </Stats>
  );
}

const shownMinutes = 60;

export function Pace({ state }: StateProps) {
  const points = useMemo(
    () =>
      state.images.per_minute
        .slice(-shownMinutes)
        .map(({ at, images }) => ({ at: Date.parse(at) / 1_000, value: images })),
    [state],
  );
  return (
    <Part title={operateText("perMin")}>
      {points.length > 0 && (
        <Chart
          label={operateText("perMin")}
          points={points}
          formatAt={(at, locale) =>
            new Intl.DateTimeFormat(locale, { hour: "numeric", minute: "numeric" }).format(at * 1_000)
          }
          formatValue={(value) => formatNumber(value, 1)}
        />
      )}
    </Part>
  );
}

export function Workers({ state }: StateProps) {
  if (state.workers.length === 0) {
    return (
      <Part title={operateText("workers")}>
        <Empty title={operateText("noWorkers")}>{operateText("noWorkersText")}</Empty>
      </Part>
    );
  }
  return (
    <Part title={operateText("workers")}>
      <Table
        caption={operateText("workers")}
        rows={state.workers}
        rowKey={({ id }) => id}
        columns={[
          { key: "id", title: operateText("worker"), cell: ({ id }) => <span class={styles.mono}>{id}</span> },
          {
            key: "state",
            title: operateText("state"),
            cell: ({ state: now }) => <Tag kind={now === "drawing" ? "info" : "plain"}>{operateText(now)}</Tag>,
          },
          { key: "model", title: operateText("model"), cell: ({ model }) => model },
          { key: "device", title: operateText("device"), cell: ({ device }) => device ?? "" },
          {
            key: "memory",
            title: operateText("memory"),
            number: true,
            cell: ({ memory_bytes: bytes }) => (bytes === null ? "" : formatBytes(bytes)),
          },
          {
            key: "pace",
            title: operateText("pace"),
            number: true,
            cell: ({ seconds_per_image: pace }) => (pace === null ? "" : formatNumber(pace, 2)),
          },
          { key: "seen", title: operateText("lastSeen"), cell: ({ last_seen_at: at }) => formatAgo(at) },
        ]}
      />
    </Part>
  );
}

export function Failures({ state: { failures } }: StateProps) {
  return (
    <Part title={operateText("failures")}>
      {failures.length === 0 ? (
        <p class={styles.small}>{operateText("noFailures")}</p>
      ) : (
        <Table
          caption={operateText("failures")}
          rows={failures}
          rowKey={({ code }) => code}
          columns={[
            { key: "code", title: operateText("reason"), cell: ({ code }) => <span class={styles.mono}>{code}</span> },
            { key: "count", title: operateText("count"), number: true, cell: ({ count }) => formatNumber(count) },
          ]}
        />
      )}
    </Part>
  );
}

export function HookHealth({ state: { webhooks } }: StateProps) {
  const sums = new Map<string, number>();
  for (const { attempts } of webhooks) {
    for (const [outcome, count] of Object.entries(attempts)) sums.set(outcome, (sums.get(outcome) ?? 0) + count);
  }
  return (
    <Part title={operateText("hooks")}>
      {sums.size === 0 ? (
        <p class={styles.small}>{operateText("noHooks")}</p>
      ) : (
        <Table
          caption={operateText("hooks")}
          rows={[...sums]}
          rowKey={([outcome]) => outcome}
          columns={[
            { key: "outcome", title: operateText("state"), cell: ([outcome]) => outcomeText(outcome) },
            { key: "count", title: operateText("attempts"), number: true, cell: ([, count]) => formatNumber(count) },
          ]}
        />
      )}
    </Part>
  );
}

const outcomes = ["pending", "sending", "delivered", "failed", "disabled", "skipped"] as const;

/** The state that an attempt left its message in; one of a newer service stands as it came. */
function outcomeText(outcome: string): string {
  const known = outcomes.find((each) => each === outcome);
  return known === undefined ? outcome : operateText(`hook_${known}`);
}

export function Prices({ state: { prices, accounts } }: StateProps) {
  const inForce = prices.find((table) => table.in_force);
  if (inForce === undefined) return null;
  const money = (micro: number) => formatMoney(micro, accounts.currency) ?? `${formatNumber(micro)} µ`;
  return (
    <Part title={operateText("prices")}>
      <Table
        caption={operateText("prices")}
        rows={inForce.rates}
        rowKey={({ model }) => model}
        columns={[
          { key: "model", title: operateText("model"), cell: ({ model }) => model },
          {
            key: "interactive",
            title: operateText("lane_interactive"),
            number: true,
            cell: ({ interactive }) => money(interactive),
          },
          { key: "batch", title: operateText("lane_batch"), number: true, cell: ({ batch }) => money(batch) },
        ]}
      />
      <p class={styles.small}>{operateText("pricesSince", { when: formatDay(inForce.effective_from, "UTC") })}</p>
    </Part>
  );
}

function Part({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <div class={styles.part}>
      <h2>{title}</h2>
      {children}
    </div>
  );
}
