import { Table } from "../../../parts/data/table.tsx";
import { Dialog } from "../../../parts/layers/dialog.tsx";
import { Note } from "../../../parts/notes/note.tsx";
import { Skeleton } from "../../../parts/notes/skeleton.tsx";
import { client } from "../../../server/client.ts";
import { describeError } from "../../../server/describe-error.ts";
import { useServer } from "../../../server/queries.ts";
import { runsText } from "../messages.ts";

/** The first hundred rows that failed for a reason. */
export function RowsDialog({
  id,
  reason,
  onClose,
}: {
  readonly id: string;
  readonly reason: string;
  readonly onClose: () => void;
}) {
  const query = { status: "failed", reason, limit: "100" } as const;
  const { data, error } = useServer({
    key: ["run-rows", id, query],
    get: (signal) => client.value.runs.rows(id, query, { signal }),
  }).value;
  return (
    <Dialog title={runsText("rowsT")} onClose={onClose}>
      {error && <Note kind="danger">{describeError(error)}</Note>}
      {!data && !error && <Skeleton height="120px" label={runsText("loading")} />}
      {data && (
        <Table
          caption={runsText("rowsT")}
          rows={data.data}
          rowKey={({ number }) => String(number)}
          columns={[
            { key: "line", title: runsText("lineN", { line: "" }), cell: ({ line }) => line, number: true },
            { key: "sku", title: runsText("fsku"), cell: ({ sku }) => sku },
            { key: "error", title: "", cell: ({ error: why }) => why?.message ?? "" },
          ]}
        />
      )}
    </Dialog>
  );
}
