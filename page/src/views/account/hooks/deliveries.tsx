import { RotateCw } from "lucide";
import { useEffect, useState } from "preact/hooks";
import type { WebhookDelivery, WebhookEndpoint } from "../../../../../sdk/src/index.ts";
import { Button } from "../../../parts/controls/button.tsx";
import { Select } from "../../../parts/controls/field.tsx";
import { PartHead } from "../../../parts/data/part-head.tsx";
import { RowItem, RowList } from "../../../parts/data/row-list.tsx";
import { toast } from "../../../parts/layers/toasts.ts";
import { Empty } from "../../../parts/notes/empty.tsx";
import { Note } from "../../../parts/notes/note.tsx";
import { Skeleton } from "../../../parts/notes/skeleton.tsx";
import { Tag } from "../../../parts/notes/tag.tsx";
import { client } from "../../../server/client.ts";
import { describeError } from "../../../server/describe-error.ts";
import { polling } from "../../../server/polling.ts";
import { queries, useServer } from "../../../server/queries.ts";
import { commonText } from "../../../text/common.ts";
import { formatAgo, formatTime } from "../../../text/format.ts";
import styles from "../account.module.css";
import { accountText } from "../messages.ts";
import { DeliveryDialog, describeResponse } from "./delivery-dialog.tsx";

type Status = WebhookDelivery["status"];

const looks = {
  pending: "info",
  sending: "info",
  delivered: "ok",
  failed: "danger",
  disabled: "warn",
  skipped: "warn",
} as const;
const statuses = Object.keys(looks) as Status[];
const perPage = 20;
/** The most that is shown at once. */
const mostShown = 200;
/** How far back messages are sent again. */
const replayMs = 7 * 86_400_000;

/** The messages to one endpoint, newest first, and what it responded. */
export function Deliveries({
  endpoints,
  mayWrite,
}: {
  readonly endpoints: readonly WebhookEndpoint[];
  readonly mayWrite: boolean;
}) {
  const [chosen, setChosen] = useState<string>();
  const [status, setStatus] = useState<Status | "all">("all");
  const [shown, setShown] = useState(perPage);
  const [error, setError] = useState<unknown>();
  // `default`: the webhooks that single jobs name.
  const endpointId = endpoints.find(({ id }) => id === chosen)?.id ?? chosen ?? endpoints[0]?.id ?? "default";
  const [opened, setOpened] = useState<WebhookDelivery>();
  const key = ["deliveries", endpointId, status, shown];
  const waits = queries.getQueryData<WebhookDelivery[]>(key)?.some(isUnderWay) ?? false;
  const list = useServer({
    key,
    get: async () => {
      const filter = status === "all" ? {} : { status };
      const found: WebhookDelivery[] = [];
      for await (const delivery of client.value.webhookEndpoints.deliveries(endpointId, filter)) {
        found.push(delivery);
        if (found.length > shown) break;
      }
      return found;
    },
    everyMs: waits ? polling.deliveries : polling.endedDeliveries,
    keepPrevious: true,
  }).value;
  // What the list tells, the endpoint's hours tell too.
  const told = list.data?.map(({ id, attempts, status: now }) => `${id} ${attempts} ${now}`).join();
  useEffect(() => {
    void queries.invalidateQueries({ queryKey: ["endpoint-health", endpointId] });
  }, [told]);
  const act = async (action: () => Promise<unknown>) => {
    setError(undefined);
    try {
      await action();
      await queries.invalidateQueries({ queryKey: ["deliveries"] });
    } catch (failure) {
      setError(failure);
    }
  };
  const replay = () =>
    act(async () => {
      const since = new Date(Date.now() - replayMs).toISOString();
      const { count } = await client.value.webhookEndpoints.replay(endpointId, { since });
      toast(accountText("replayed", { n: count }));
    });
  return (
    <section class={styles.part} aria-label={accountText("deliveries")}>
      <PartHead title={accountText("deliveries")}>
        {mayWrite && (list.data ?? []).some(({ status: one }) => one === "failed" || one === "skipped") && (
          <Button icon={RotateCw} onClick={() => void replay()}>
            {accountText("undelivered")}
          </Button>
        )}
      </PartHead>
      <div class={styles.filters}>
        <Select
          aria-label={accountText("endpoints")}
          value={endpointId}
          onChange={setChosen}
          options={[
            ...endpoints.map(({ id, url }) => ({ value: id, label: url })),
            { value: "default", label: accountText("jobHooks") },
          ]}
        />
        <Select
          aria-label={accountText("everyStatus")}
          value={status}
          onChange={setStatus}
          options={[
            { value: "all" as const, label: accountText("everyStatus") },
            ...statuses.map((value) => ({ value, label: accountText(value) })),
          ]}
        />
      </div>
      {error !== undefined && <Note kind="danger">{describeError(error)}</Note>}
      {list.error && <Note kind="danger">{describeError(list.error)}</Note>}
      {list.data === undefined && !list.error && <Skeleton height="160px" label={commonText("loading")} />}
      {list.data?.length === 0 && <Empty title={accountText("noDeliveries")}>{accountText("noDeliveriesText")}</Empty>}
      {list.data !== undefined && list.data.length > 0 && (
        <RowList label={accountText("deliveries")}>
          {list.data.slice(0, shown).map((delivery) => (
            <DeliveryRow
              key={delivery.id}
              of={delivery}
              onOpen={() => setOpened(delivery)}
              onSendAgain={
                mayWrite ? () => void act(() => client.value.webhookEndpoints.redeliver(delivery.id)) : undefined
              }
            />
          ))}
        </RowList>
      )}
      {(list.data?.length ?? 0) > shown && shown < mostShown && (
        <Button onClick={() => setShown(shown + perPage)}>{accountText("older")}</Button>
      )}
      {opened && <DeliveryDialog id={opened.id} type={opened.type} onClose={() => setOpened(undefined)} />}
    </section>
  );
}

function DeliveryRow({
  of: delivery,
  onOpen,
  onSendAgain,
}: {
  readonly of: WebhookDelivery;
  readonly onOpen: () => void;
  readonly onSendAgain: (() => void) | undefined;
}) {
  return (
    <RowItem
      title={
        <>
          <button type="button" class={`${styles.mono} ${styles.open}`} onClick={onOpen}>
            {delivery.type}
          </button>
          <Tag kind={looks[delivery.status]}>{accountText(delivery.status)}</Tag>
        </>
      }
      text={describeDelivery(delivery).join(" · ")}
      aside={
        onSendAgain && (
          <Button
            icon={RotateCw}
            blocked={isUnderWay(delivery) ? accountText("redeliverWait") : undefined}
            onClick={onSendAgain}
          >
            {accountText("redeliver")}
          </Button>
        )
      }
    />
  );
}

const isUnderWay = ({ status }: WebhookDelivery): boolean => status === "pending" || status === "sending";

function describeDelivery({
  created_at: at,
  attempts,
  responses,
  next_attempt_at: next,
  job_id: job,
}: WebhookDelivery) {
  const last = responses.at(-1);
  return [
    formatTime(at, "medium"),
    accountText("attempts", { n: attempts }),
    last === undefined ? "" : describeResponse(last),
    next === null ? "" : accountText("nextAttempt", { when: formatAgo(next) }),
    job ?? "",
  ].filter((text) => text !== "");
}
