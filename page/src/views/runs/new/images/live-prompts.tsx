import { Sparkles } from "lucide";
import type { Run, RunReport } from "../../../../../../sdk/src/index.ts";
import { Button } from "../../../../parts/controls/button.tsx";
import { Note } from "../../../../parts/notes/note.tsx";
import { Tag } from "../../../../parts/notes/tag.tsx";
import { describeError } from "../../../../server/describe-error.ts";
import { language } from "../../../../text/language.ts";
import { moneyText } from "../../../../text/money-text.ts";
import { Card } from "../../card.tsx";
import { runsText } from "../../messages.ts";
import type { Shot } from "../file/create-run.ts";
import styles from "./live-prompts.module.css";
import { markFilled } from "./mark-filled.ts";
import type { PreviewedPrompt, usePreview } from "./use-preview.ts";
import { useSamples } from "./use-samples.ts";

/** A shot's prompts for real products: what came from the table is marked, and what is empty there is named. */
export function LivePrompts({
  shot,
  preview: { rows, error, isFetching },
  report,
  run,
}: {
  readonly shot: Shot;
  readonly preview: ReturnType<typeof usePreview>;
  readonly report: RunReport;
  readonly run: Run;
}) {
  const samples = useSamples(run.id);
  const own = rows.filter((row) => row.shot === shot.id);
  const drawable = own.filter(({ status, prompt }) => status !== "failed" && prompt !== null && prompt !== "");
  const price = drawable.reduce((sum, row) => sum + row.price, 0);
  return (
    <Card
      title={runsText("four")}
      sub={runsText("preview")}
      aside={
        shot.method === "draw" &&
        drawable.length > 0 && (
          <Button icon={Sparkles} busy={samples.busy} onClick={() => void samples.draw(shot, drawable)}>
            {runsText("sampleDraw", { n: drawable.length, price: moneyText(price, run.cost.currency) })}
          </Button>
        )
      }
    >
      {samples.error !== undefined && <Note kind="danger">{describeError(samples.error)}</Note>}
      {error && <Note kind="danger">{describeError(error)}</Note>}
      <ul class={styles.list} aria-busy={isFetching} aria-live="polite">
        {own.map((row) => (
          <PromptOfProduct
            key={row.line}
            row={row}
            values={valuesOf(row, report)}
            sample={samples.links.get(row.prompt ?? "")}
          />
        ))}
      </ul>
    </Card>
  );
}

function PromptOfProduct({
  row,
  values,
  sample,
}: {
  readonly row: PreviewedPrompt;
  readonly values: readonly string[];
  readonly sample: string | undefined;
}) {
  const { sku, prompt, problem, status } = row;
  return (
    <li class={styles.product}>
      {sample !== undefined && <img class={styles.sample} src={sample} alt={`${runsText("result")}: ${sku}`} />}
      <strong class={styles.sku}>{sku}</strong>
      {prompt !== null && prompt !== "" && (
        <p>
          {markFilled(prompt, values).map(({ text, filled }, index) =>
            filled ? (
              <mark key={index} class={styles.filled}>
                {text}
              </mark>
            ) : (
              text
            ),
          )}
        </p>
      )}
      {status === "unchanged" && <Tag kind="ok">{runsText("unchangedTag")}</Tag>}
      {problem && <p class={styles.problem}>{problemText(problem)}</p>}
    </li>
  );
}

function problemText({ code, line, column, message, message_zh }: NonNullable<PreviewedPrompt["problem"]>): string {
  if (code === "template_value_missing" && column !== null) {
    return runsText("emptyCell", { column, line: String(line ?? "") });
  }
  return language.value === "zh" ? message_zh : message;
}

function valuesOf({ sku }: PreviewedPrompt, report: RunReport): string[] {
  const product = report.sample_products.find((each) => each.sku === sku);
  return product === undefined ? [] : Object.values(product.fields);
}
