import type { WebhookDelivery } from "../../../../../sdk/src/index.ts";
import { CodeBox } from "../../../parts/data/code-box.tsx";
import { RowItem, RowList } from "../../../parts/data/row-list.tsx";
import { Dialog } from "../../../parts/layers/dialog.tsx";
import { Note } from "../../../parts/notes/note.tsx";
import { Skeleton } from "../../../parts/notes/skeleton.tsx";
import { client } from "../../../server/client.ts";
import { describeError } from "../../../server/describe-error.ts";
import { useServer } from "../../../server/queries.ts";
import { commonText } from "../../../text/common.ts";
import { formatTime } from "../../../text/format.ts";
import { formatNumber } from "../../../text/texts.ts";
import styles from "../account.module.css";
import { accountText } from "../messages.ts";

/** A message as it would be sent now, and what the endpoint responded to each attempt. */
export function DeliveryDialog({
  id,
  type,
  onClose,
}: Pick<WebhookDelivery, "id" | "type"> & { readonly onClose: () => void }) {
  const { data, error } = useServer({
    key: ["delivery", id],
    get: (signal) => client.value.webhookEndpoints.delivery(id, { signal }),
  }).value;
  return (
    <Dialog title={type} onClose={onClose}>
      <p class={styles.note}>
        <code>{id}</code>
      </p>
      {error && <Note kind="danger">{describeError(error)}</Note>}
      {data === undefined && !error && <Skeleton height="160px" label={commonText("loading")} />}
      {data && (
        <>
          <p class={styles.named}>{data.url}</p>
          {data.payload == null ? (
            <Note kind="info">{accountText("noPayload")}</Note>
          ) : (
            <CodeBox label={accountText("payload")} parts={[{ text: JSON.stringify(data.payload, null, 2) }]} />
          )}
          {data.responses.length > 0 && (
            <RowList label={accountText("responses")}>
              {data.responses.toReversed().map((response) => (
                <RowItem
                  key={response.at}
                  title={formatTime(response.at, "medium")}
                  text={
                    <>
                      <span>{describeResponse(response)}</span>
                      {response.excerpt && <pre class={styles.excerpt}>{response.excerpt}</pre>}
                    </>
                  }
                />
              ))}
            </RowList>
          )}
        </>
      )}
    </Dialog>
  );
}

/** What an endpoint responded to one attempt, in a sentence. */
export function describeResponse({
  status_code: code,
  latency_ms,
  error,
}: WebhookDelivery["responses"][number]): string {
  if (code === null) return error?.message ?? "";
  return accountText("responded", { code: String(code), ms: formatNumber(latency_ms, 0) });
}
