import type { Run } from "../../../../../../sdk/src/index.ts";
import { Bar } from "../../../../parts/data/bar.tsx";
import { Note } from "../../../../parts/notes/note.tsx";
import { describeError } from "../../../../server/describe-error.ts";
import { language } from "../../../../text/language.ts";
import { Card } from "../../card.tsx";
import { runsText } from "../../messages.ts";

/** What stands above a step: that the file is being read, or why it cannot be used. */
export function ReadingState({ run, error }: { readonly run: Run | undefined; readonly error: unknown }) {
  if (error) return <Note kind="danger">{describeError(error)}</Note>;
  if (run?.problem) {
    const { message, message_zh } = run.problem;
    return <Note kind="danger">{language.value === "zh" ? message_zh : message}</Note>;
  }
  if (run !== undefined && run.status !== "importing") return null;
  const products = run?.counts.products ?? 0;
  return (
    <Card>
      <p role="status">
        {runsText(products > 0 ? "photosRead" : "reading")}
        {products > 0 && ` · ${runsText("products", { n: products })}`}
      </p>
      <Bar share={null} label={runsText("reading")} />
    </Card>
  );
}
