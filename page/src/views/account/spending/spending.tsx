import { Download } from "lucide";
import { useMemo, useState } from "preact/hooks";
import { lazy } from "preact-iso";
import type { Usage } from "../../../../../sdk/src/index.ts";
import { Button } from "../../../parts/controls/button.tsx";
import { Seg } from "../../../parts/controls/seg.tsx";
import { Bar } from "../../../parts/data/bar.tsx";
import { PartHead } from "../../../parts/data/part-head.tsx";
import { saveFile } from "../../../parts/data/save-file.ts";
import { Stat } from "../../../parts/data/stat.tsx";
import { Stats } from "../../../parts/data/stats.tsx";
import { Table } from "../../../parts/data/table.tsx";
import { Empty } from "../../../parts/notes/empty.tsx";
import { Note } from "../../../parts/notes/note.tsx";
import { Skeleton } from "../../../parts/notes/skeleton.tsx";
import { client } from "../../../server/client.ts";
import { describeError } from "../../../server/describe-error.ts";
import { useServer } from "../../../server/queries.ts";
import { loadPart } from "../../../shell/load-part.ts";
import { commonText } from "../../../text/common.ts";
import { formatDay } from "../../../text/format.ts";
import { moneyText } from "../../../text/money-text.ts";
import { formatNumber } from "../../../text/texts.ts";
import styles from "../account.module.css";
import { accountText } from "../messages.ts";
import type { PartProps } from "../part.ts";
import { chartDays } from "./chart-days.ts";

const Chart = lazy(loadPart(() => import("../../../parts/data/bar-chart.tsx")));

const groupings = { day: "day", key: "key", run: "metadata.run_id", model: "model" } as const;
type Grouping = keyof typeof groupings;

/** What was spent in the last thirty days, and what is left. */
export function Spending({ access, may }: PartProps) {
  const [by, setBy] = useState<Grouping>("day");
  const usage = useServer({
    key: ["usage", by],
    get: (signal) => client.value.usage({ group_by: groupings[by] }, { signal }),
    keepPrevious: true,
  }).value;
  const keys = useServer({
    key: ["keys"],
    get: (signal) => client.value.keys.list({ signal }),
    enabled: by === "key" && may("keys:admin"),
  }).value;
  const nameOf = (group: string) =>
    by === "day"
      ? formatDay(group, "UTC")
      : keys.data?.find(({ id }) => id === group)?.name || group || accountText("none");
  return (
    <div class={styles.part}>
      <Balance access={access} />
      <PartHead title={accountText("days")}>
        <Seg
          label={accountText("by")}
          value={by}
          onChange={setBy}
          options={[
            { value: "day", label: accountText("byDay") },
            { value: "key", label: accountText("byKey") },
            { value: "run", label: accountText("byRun") },
            { value: "model", label: accountText("byModel") },
          ]}
        />
      </PartHead>
      {usage.error && <Note kind="danger">{describeError(usage.error)}</Note>}
      {usage.data === undefined && !usage.error && <Skeleton height="240px" label={commonText("loading")} />}
      {usage.data?.data.length === 0 && <Empty title={accountText("noUsage")}>{accountText("noUsageText")}</Empty>}
      {usage.data !== undefined && usage.data.data.length > 0 && (
        <>
          {by === "day" && usage.data.group_by === "day" && <DayChart usage={usage.data} />}
          <UsageTable usage={usage.data} nameOf={nameOf} />
          <div class={styles.bar}>
            <p class={styles.note}>{accountText("utc")}</p>
            <Button icon={Download} onClick={() => void downloadCsv(groupings[by])}>
              {accountText("csv")}
            </Button>
          </div>
        </>
      )}
    </div>
  );
}

/** It comes with the key, which the shell asks for again and again. */
function Balance({ access }: { readonly access: PartProps["access"] }) {
  const { balance } = access;
  if (balance === null) return null;
  const { currency, monthly_cap: cap, spent_this_month: spent } = balance;
  return (
    <Stats>
      {access.account.unlimited ? (
        <Stat value="∞" label={accountText("unlimited")} />
      ) : (
        <Stat value={moneyText(balance.available, currency)} label={accountText("balance")} />
      )}
      <Stat value={moneyText(spent, currency)} label={accountText("month")} />
      <Stat value={moneyText(balance.held, currency)} label={accountText("held")} />
      <Stat value={formatNumber(balance.open_jobs)} label={accountText("openJobs")} />
      {cap !== null && (
        <Stat value={moneyText(cap, currency)} label={accountText("cap")}>
          <Bar
            share={cap === 0 ? 1 : spent / cap}
            label={accountText("cap")}
            kind={spent >= cap * 0.9 ? "warn" : "info"}
          />
        </Stat>
      )}
    </Stats>
  );
}

/** Bars of what each day cost; the table under it says the same in text. */
function DayChart({ usage }: { readonly usage: Usage }) {
  const points = useMemo(() => chartDays(usage), [usage]);
  return (
    <Chart
      label={accountText("chart")}
      points={points}
      formatAt={(at, locale) =>
        new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", timeZone: "UTC" }).format(at * 1_000)
      }
      formatValue={(value, locale) =>
        new Intl.NumberFormat(locale, {
          style: "currency",
          currency: usage.currency.toUpperCase(),
          currencyDisplay: "narrowSymbol",
          maximumSignificantDigits: 2,
        }).format(value)
      }
    />
  );
}

function UsageTable({ usage, nameOf }: { readonly usage: Usage; readonly nameOf: (group: string) => string }) {
  const newestFirst = usage.group_by === "day" ? usage.data.toReversed() : usage.data;
  return (
    <Table
      caption={accountText("table")}
      rows={newestFirst}
      rowKey={({ group }) => group}
      columns={[
        { key: "group", title: accountText("group"), cell: ({ group }) => nameOf(group) },
        { key: "jobs", title: accountText("jobs"), number: true, cell: ({ jobs }) => formatNumber(jobs) },
        { key: "images", title: accountText("images"), number: true, cell: ({ images }) => formatNumber(images) },
        {
          key: "charged",
          title: accountText("amount"),
          number: true,
          cell: ({ charged }) => moneyText(charged, usage.currency),
        },
      ]}
    />
  );
}

async function downloadCsv(by: string): Promise<void> {
  const text = await client.value.usageCsv({ group_by: by });
  saveFile(new Blob([text], { type: "text/csv" }), "usage.csv");
}
