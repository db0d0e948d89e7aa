import { useLocation } from "preact-iso";
import type { RunReport } from "../../../../../../sdk/src/index.ts";
import { Button } from "../../../../parts/controls/button.tsx";
import { nameOf } from "../../amounts.ts";
import { runsText } from "../../messages.ts";
import { isReading, useReport, useRun, useWishes } from "../../run-queries.ts";
import { FileFacts } from "../file/file-facts.tsx";
import { FileNotes } from "../file/file-notes.tsx";
import { ReadingState } from "../file/reading-state.tsx";
import { StepFrame } from "../step-frame.tsx";
import { useSaving } from "../use-saving.ts";
import { MappingTable } from "./mapping-table.tsx";

/** The second step: which column holds what. Each choice is saved at once, and the file read again. */
export function ColumnsStep({ id }: { readonly id: string }) {
  const { route } = useLocation();
  const { data: run, error } = useRun(id).value;
  const reading = isReading(run);
  const { data: report } = useReport(id, run !== undefined && !reading).value;
  const { data: wishes } = useWishes(id).value;
  const saving = useSaving(id);
  const isOpen = report !== undefined && report !== null && run !== undefined;
  // Shots are of the next step, so that a fault of theirs does not hold anybody here.
  const canGoOn = isOpen && !reading && !saving.busy && report.products > 0;
  return (
    <StepFrame
      step={1}
      id={id}
      title={run && nameOf(run)}
      back={<Button href="/runs/new">{runsText("back")}</Button>}
      summary={isOpen ? summaryOf(report) : undefined}
      next={
        <Button
          kind="ink"
          busy={saving.busy || (reading && error === null)}
          blocked={canGoOn || reading ? undefined : runsText("needed")}
          onClick={() => route(`/runs/${id}/images`)}
        >
          {runsText("next")}
        </Button>
      }
    >
      <ReadingState run={run} error={error ?? saving.error} />
      {isOpen && (
        <>
          <FileFacts report={report} run={run} busy={saving.busy} onSave={saving.save} />
          <MappingTable report={report} busy={saving.busy} onChoose={(mapping) => void saving.save({ mapping })} />
          <FileNotes report={report} run={run} duplicates={wishes?.duplicates} onSave={saving.save} />
        </>
      )}
    </StepFrame>
  );
}

function summaryOf({ products }: RunReport): string {
  return runsText("products", { n: products });
}
