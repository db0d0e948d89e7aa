import { Play } from "lucide";
import { useState } from "preact/hooks";
import { useLocation } from "preact-iso";
import type { Run, RunReport } from "../../../../../../sdk/src/index.ts";
import { Button } from "../../../../parts/controls/button.tsx";
import { Checkbox, Field, TextInput } from "../../../../parts/controls/field.tsx";
import { Group } from "../../../../parts/controls/group.tsx";
import { Seg } from "../../../../parts/controls/seg.tsx";
import { Stat } from "../../../../parts/data/stat.tsx";
import { Note } from "../../../../parts/notes/note.tsx";
import { client } from "../../../../server/client.ts";
import { describeError } from "../../../../server/describe-error.ts";
import { moneyText } from "../../../../text/money-text.ts";
import { changedImages, duration, microOf, nameOf, refusedImages } from "../../amounts.ts";
import { Card } from "../../card.tsx";
import { runsText } from "../../messages.ts";
import { failureText } from "../../run/failure-text.ts";
import { isReading, takeRun, useReport, useRun, useWishes } from "../../run-queries.ts";
import { ReadingState } from "../file/reading-state.tsx";
import { StepFrame } from "../step-frame.tsx";
import { useSaving } from "../use-saving.ts";
import { BalanceNote } from "./balance-note.tsx";
import { NamesCard } from "./names-card.tsx";
import styles from "./start-step.module.css";

/** The last step: what is new, what it costs, the limits, and the start. */
export function StartStep({ id }: { readonly id: string }) {
  const { route } = useLocation();
  const { data: run, error } = useRun(id).value;
  const { data: report } = useReport(id, !isReading(run)).value;
  const saving = useSaving(id);
  const [cap, setCap] = useState("");
  const [accepted, setAccepted] = useState(false);
  const [state, setState] = useState<{ readonly busy: boolean; readonly error?: unknown }>({ busy: false });
  const maxCost = microOf(cap);
  const start = async () => {
    setState({ busy: true });
    try {
      takeRun(await client.value.runs.start(id, { acceptWarnings: accepted, ...(maxCost !== null && { maxCost }) }));
      route(`/runs/${id}`);
    } catch (reason) {
      setState({ busy: false, error: reason });
    }
  };
  if (run !== undefined && run.started_at !== null && !state.busy) {
    // It has begun, in another tab or because nothing is to be drawn.
    return (
      <StepFrame
        step={3}
        id={id}
        title={nameOf(run)}
        next={
          <Button kind="ink" href={`/runs/${id}`}>
            {runsText("tabO")}
          </Button>
        }
      >
        {run.counts.to_draw === 0 && <Note kind="ok">{runsText("nothingNew")}</Note>}
      </StepFrame>
    );
  }
  const needsTick = run?.needs_acceptance && !accepted;
  return (
    <StepFrame
      step={3}
      id={id}
      title={run && nameOf(run)}
      back={<Button href={`/runs/${id}/images`}>{runsText("back")}</Button>}
      summary={run && equation(run)}
      next={
        <Button
          kind="ink"
          icon={Play}
          busy={state.busy || saving.busy || (isReading(run) && error === null)}
          blocked={needsTick ? runsText("acceptNeeded") : maxCost === undefined ? runsText("capBad") : blockedBy(run)}
          onClick={() => void start()}
        >
          {run?.status === "ready"
            ? runsText("start", { price: moneyText(run.cost.quoted, run.cost.currency) })
            : runsText("startFree")}
        </Button>
      }
    >
      <ReadingState run={run} error={error ?? saving.error} />
      {state.error !== undefined && <Note kind="danger">{describeError(state.error)}</Note>}
      {run && report && (
        <div class={styles.columns}>
          <div class={styles.main}>
            <Figures run={run} />
            <BalanceNote run={run} />
            <RefusedNote run={run} />
            <Card>
              <Field
                label={runsText("cap")}
                hint={runsText("capHint")}
                error={maxCost === undefined ? runsText("capBad") : undefined}
              >
                {(control) => (
                  <div class={styles.cap}>
                    <TextInput {...control} inputMode="decimal" value={cap} onInput={setCap} maxLength={20} />
                  </div>
                )}
              </Field>
              <Review id={id} save={saving.save} />
              {run.needs_acceptance && <Ragged report={report} accepted={accepted} onAccept={setAccepted} />}
            </Card>
          </div>
          <NamesCard id={id} save={saving.save} />
        </div>
      )}
    </StepFrame>
  );
}

function blockedBy(run: Run | undefined): string | undefined {
  return run === undefined || run.status === "ready" || run.status === "importing" ? undefined : runsText(run.status);
}

function equation({ counts, cost }: Run): string | undefined {
  if (counts.products === 0 || counts.tasks === 0) return undefined;
  const shots = Math.round(counts.tasks / counts.products);
  return runsText("equation", {
    products: counts.products,
    shots,
    images: counts.tasks,
    price: moneyText(cost.quoted, cost.currency),
  });
}

function Figures({ run }: { readonly run: Run }) {
  const { counts, cost, eta_s } = run;
  return (
    <div class={styles.figures}>
      <Stat value={counts.new} label={runsText("newN")} />
      <Stat value={changedImages(run)} label={runsText("changedN")} />
      <Stat value={counts.unchanged} label={runsText("sameN")} />
      {counts.redrawn > 0 && <Stat value={counts.redrawn} label={runsText("redrawnN")} />}
      <Stat value={moneyText(cost.quoted, cost.currency)} label={runsText("money")} />
      <Stat value={eta_s === null ? runsText("timeUnknown") : duration(eta_s)} label={runsText("time")} />
    </div>
  );
}

function RefusedNote({ run }: { readonly run: Run }) {
  const refused = Object.entries(run.counts.refused);
  if (refused.length === 0) return null;
  return (
    <Note kind="warn" action={<Button href={`/runs/${run.id}/failures`}>{runsText("toFailures")}</Button>}>
      {runsText("refusedNote", { n: refusedImages(run) })}
      <ul class={styles.refused}>
        {refused.map(([code, count]) => (
          <li key={code}>
            {count} · {failureText(code, code)}
          </li>
        ))}
      </ul>
    </Note>
  );
}

function Review({ id, save }: { readonly id: string; readonly save: ReturnType<typeof useSaving>["save"] }) {
  const { data: wishes } = useWishes(id).value;
  return (
    <Group label={runsText("review")} hint={runsText("reviewHint")}>
      <div class={styles.scroll}>
        <Seg
          label={runsText("review")}
          value={wishes?.review ?? "flagged"}
          onChange={(review) => void save({ review })}
          options={[
            { value: "none", label: runsText("revNone") },
            { value: "flagged", label: runsText("revFlagged") },
            { value: "sample", label: runsText("revSample") },
            { value: "all", label: runsText("revAll") },
          ]}
        />
      </div>
    </Group>
  );
}

function Ragged({
  report,
  accepted,
  onAccept,
}: {
  readonly report: RunReport;
  readonly accepted: boolean;
  readonly onAccept: (accepted: boolean) => void;
}) {
  const rows = report.warnings.find(({ code }) => code === "ragged_rows")?.count ?? 0;
  return (
    <Checkbox checked={accepted} onChange={onAccept}>
      {runsText("accept", { n: rows, records: report.file.records })}
    </Checkbox>
  );
}
