import { Plus } from "lucide";
import { useState } from "preact/hooks";
import type { WebhookEndpoint } from "../../../../../sdk/src/index.ts";
import { Button } from "../../../parts/controls/button.tsx";
import { PartHead } from "../../../parts/data/part-head.tsx";
import { RowItem, RowList } from "../../../parts/data/row-list.tsx";
import { AskDialog } from "../../../parts/layers/ask-dialog.tsx";
import { Menu } from "../../../parts/layers/menu.tsx";
import { toast } from "../../../parts/layers/toasts.ts";
import { Empty } from "../../../parts/notes/empty.tsx";
import { Note } from "../../../parts/notes/note.tsx";
import { Skeleton } from "../../../parts/notes/skeleton.tsx";
import { Tag } from "../../../parts/notes/tag.tsx";
import { client } from "../../../server/client.ts";
import { describeError } from "../../../server/describe-error.ts";
import { queries, useServer } from "../../../server/queries.ts";
import { commonText } from "../../../text/common.ts";
import styles from "../account.module.css";
import { accountText } from "../messages.ts";
import type { PartProps } from "../part.ts";
import { SecretDialog } from "../secret-dialog.tsx";
import { Deliveries } from "./deliveries.tsx";
import { HealthBar } from "./health-bar.tsx";
import { NewEndpointDialog } from "./new-endpoint-dialog.tsx";

type Doing =
  | { readonly what: "new" }
  | { readonly what: "secret" | "delete"; readonly endpoint: WebhookEndpoint }
  | { readonly what: "shown"; readonly name: string; readonly value: string };

/** The account's webhook endpoints, and what was sent to each. */
export function Hooks({ may }: PartProps) {
  const endpoints = useServer({
    key: ["endpoints"],
    get: (signal) => client.value.webhookEndpoints.list({ signal }),
  }).value;
  const [doing, setDoing] = useState<Doing>();
  const [error, setError] = useState<unknown>();
  const close = () => setDoing(undefined);
  const mayWrite = may("webhooks:write");
  const done = (endpoint?: WebhookEndpoint) => {
    void queries.invalidateQueries({ queryKey: ["endpoints"] });
    void queries.invalidateQueries({ queryKey: ["deliveries"] });
    if (endpoint?.secret === undefined) close();
    else setDoing({ what: "shown", name: endpoint.url, value: endpoint.secret });
  };
  /** What needs no dialog. */
  const act = async (action: () => Promise<unknown>) => {
    setError(undefined);
    try {
      await action();
      done();
    } catch (failure) {
      setError(failure);
    }
  };
  if (endpoints.error) return <Note kind="danger">{describeError(endpoints.error)}</Note>;
  if (endpoints.data === undefined) return <Skeleton height="240px" label={commonText("loading")} />;
  const add = mayWrite && (
    <Button icon={Plus} onClick={() => setDoing({ what: "new" })}>
      {accountText("newHook")}
    </Button>
  );
  const itemsOf = (endpoint: WebhookEndpoint) => [
    {
      label: accountText("test"),
      run: () =>
        void act(async () => {
          await client.value.webhookEndpoints.test(endpoint.id);
          toast(accountText("testSent"));
        }),
    },
    {
      label: accountText(endpoint.enabled ? "turnOff" : "turnOn"),
      run: () => void act(() => client.value.webhookEndpoints.update(endpoint.id, { enabled: !endpoint.enabled })),
    },
    { label: accountText("rotateSecret"), run: () => setDoing({ what: "secret", endpoint }) },
    { label: accountText("delete"), danger: true, run: () => setDoing({ what: "delete", endpoint }) },
  ];
  return (
    <div class={styles.part}>
      <PartHead title={accountText("endpoints")}>{endpoints.data.length > 0 && add}</PartHead>
      {error !== undefined && <Note kind="danger">{describeError(error)}</Note>}
      {endpoints.data.length === 0 ? (
        <Empty title={accountText("noHooks")} action={add}>
          {accountText("noHooksText")}
        </Empty>
      ) : (
        <RowList label={accountText("endpoints")}>
          {endpoints.data.map((endpoint) => (
            <RowItem
              key={endpoint.id}
              title={
                <>
                  <span class={styles.mono}>{endpoint.url}</span>
                  {!endpoint.enabled && <Tag kind="warn">{accountText(offReason(endpoint))}</Tag>}
                </>
              }
              text={
                <>
                  {[endpoint.description, endpoint.events.join(", ") || accountText("eventsAll")]
                    .filter((text) => text !== "")
                    .join(" · ")}
                  <HealthBar id={endpoint.id} />
                </>
              }
              aside={mayWrite && <Menu items={itemsOf(endpoint)} label={`${accountText("hooks")}: ${endpoint.url}`} />}
            />
          ))}
        </RowList>
      )}
      <Deliveries endpoints={endpoints.data} mayWrite={mayWrite} />
      {doing?.what === "new" && <NewEndpointDialog onClose={close} onDone={done} />}
      {doing?.what === "secret" && (
        <AskDialog
          title={accountText("secretTitle")}
          text={accountText("secretText")}
          action={accountText("rotateGo")}
          onClose={close}
          run={async () => done(await client.value.webhookEndpoints.rotateSecret(doing.endpoint.id))}
        />
      )}
      {doing?.what === "delete" && (
        <AskDialog
          title={accountText("deleteTitle")}
          text={accountText("deleteText")}
          action={accountText("delete")}
          danger
          onClose={close}
          run={async () => {
            await client.value.webhookEndpoints.delete(doing.endpoint.id);
            done();
          }}
        />
      )}
      {doing?.what === "shown" && <SecretDialog name={doing.name} value={doing.value} onClose={close} />}
    </div>
  );
}

function offReason({ disabled_reason: reason }: WebhookEndpoint) {
  return reason === "gone" ? "offGone" : reason === "failing" ? "offFailing" : "off";
}
