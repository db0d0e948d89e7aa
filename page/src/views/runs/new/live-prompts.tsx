import type { RunReport } from "../../../../../sdk/src/index.ts";
import { Note } from "../../../parts/notes/note.tsx";
import { Tag } from "../../../parts/notes/tag.tsx";
import { describeError } from "../../../server/describe-error.ts";
import { language } from "../../../text/language.ts";
import { Card } from "../card.tsx";
import { runsText } from "../messages.ts";
import type { Shot } from "./create-run.ts";
import styles from "./live-prompts.module.css";
import { markFilled } from "./mark-filled.ts";
import type { PreviewedPrompt, usePreview } from "./use-preview.ts";

/** A shot's prompts for real products: what came from the table is marked, and what is empty there is named. */
export function LivePrompts({
  shot,
  preview: { rows, error, isFetching },
  report,
}: {
  readonly shot: Shot;
  readonly preview: ReturnType<typeof usePreview>;
  readonly report: RunReport;
}) {
  return (
    <Card title={runsText("four")} sub={runsText("preview")}>
      {error && <Note kind="danger">{describeError(error)}</Note>}
      <ul class={styles.list} aria-busy={isFetching} aria-live="polite">
        {rows
          .filter((row) => row.shot === shot.id)
          .map((row) => (
            <PromptOfProduct key={row.line} row={row} values={valuesOf(row, report)} />
          ))}
      </ul>
    </Card>
  );
}

function PromptOfProduct({ row, values }: { readonly row: PreviewedPrompt; readonly values: readonly string[] }) {
  const { sku, prompt, problem, status } = row;
  return (
    <li class={styles.product}>
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
