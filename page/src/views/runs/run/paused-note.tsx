import { Plus } from "lucide";
import { useState } from "preact/hooks";
import type { Run } from "../../../../../sdk/src/index.ts";
import { Button } from "../../../parts/controls/button.tsx";
import { TextInput } from "../../../parts/controls/field.tsx";
import { Note } from "../../../parts/notes/note.tsx";
import { client } from "../../../server/client.ts";
import { describeError } from "../../../server/describe-error.ts";
import { locale } from "../../../text/texts.ts";
import { microOf } from "../amounts.ts";
import { runsText } from "../messages.ts";
import { takeRun } from "../run-queries.ts";
import { failureText } from "./failure-text.ts";
import styles from "./paused-note.module.css";

type Paused = NonNullable<Run["paused"]>;

/** Why a run stands still, and the one thing that lets it go on. */
export function PausedNote({ run, paused }: { readonly run: Run; readonly paused: Paused }) {
  const time = new Intl.DateTimeFormat(locale(), { timeStyle: "short" }).format(new Date(paused.since));
  const text = runsText("pausedAt", { time, why: reasonOf(paused) });
  const money = paused.code === "insufficient_balance" || paused.code === "spend_limit";
  const isBreaker = paused.code.startsWith("breaker");
  return (
    <Note
      kind="warn"
      action={
        money ? (
          <Button icon={Plus} href="/account">
            {runsText("addCredit")}
          </Button>
        ) : isBreaker ? (
          <Button href={`/runs/${run.id}/failures`}>{runsText("toFailures")}</Button>
        ) : undefined
      }
    >
      {text}
      {paused.code === "max_cost" && <RaiseCap run={run} />}
    </Note>
  );
}

const reasons = {
  paused_by_caller: "p_paused_by_caller",
  insufficient_balance: "p_insufficient_balance",
  spend_limit: "p_spend_limit",
  max_cost: "p_max_cost",
  service_unavailable: "p_service_unavailable",
  invalid_api_key: "p_invalid_api_key",
} as const;

function reasonOf({ code, message }: Paused): string {
  if (Object.hasOwn(reasons, code)) return runsText(reasons[code as keyof typeof reasons]);
  const [kind, cause = ""] = code.split(":");
  if (kind === "breaker") return runsText("p_breaker", { code: failureText(cause, cause) });
  return runsText("p_other", { message });
}

/** Another limit, and on. */
function RaiseCap({ run: { id, cost } }: { readonly run: Run }) {
  // Enough for all of it as quoted, in whole cents.
  const [text, setText] = useState((Math.ceil((cost.charged + cost.quoted) / 10_000) / 100).toFixed(2));
  const [state, setState] = useState<{ readonly busy: boolean; readonly error?: unknown }>({ busy: false });
  const maxCost = microOf(text);
  const raise = async () => {
    setState({ busy: true });
    try {
      takeRun(await client.value.runs.resume(id, { maxCost: maxCost ?? null }));
      setState({ busy: false });
    } catch (error) {
      setState({ busy: false, error });
    }
  };
  return (
    <div class={styles.raise}>
      <div class={styles.label}>
        <span aria-hidden="true">{runsText("raiseCap")}</span>
        <TextInput
          aria-label={runsText("raiseCap")}
          value={text}
          inputMode="decimal"
          onInput={setText}
          maxLength={20}
        />
      </div>
      <Button
        busy={state.busy}
        blocked={maxCost === undefined ? runsText("capBad") : undefined}
        onClick={() => void raise()}
      >
        {runsText("raiseDo")}
      </Button>
      {state.error !== undefined && <span role="alert">{describeError(state.error)}</span>}
    </div>
  );
}
