import { useState } from "preact/hooks";
import { ApiError, type WebhookEndpoint, type WebhookEndpointRequest } from "../../../../../sdk/src/index.ts";
import { Button } from "../../../parts/controls/button.tsx";
import { Checkbox, Field, TextInput } from "../../../parts/controls/field.tsx";
import { Seg } from "../../../parts/controls/seg.tsx";
import { Dialog } from "../../../parts/layers/dialog.tsx";
import { Note } from "../../../parts/notes/note.tsx";
import { client } from "../../../server/client.ts";
import { describeError } from "../../../server/describe-error.ts";
import { useAction } from "../../../server/queries.ts";
import { commonText } from "../../../text/common.ts";
import styles from "../account.module.css";
import { accountText } from "../messages.ts";

type EventType = NonNullable<WebhookEndpointRequest["events"]>[number];

const eventTypes: readonly EventType[] = [
  "job.started",
  "job.progress",
  "job.succeeded",
  "job.failed",
  "job.canceled",
  "job.expired",
  "run.ready",
  "run.progress",
  "run.paused",
  "run.completed",
  "run.failed",
  "run.canceled",
  "balance.low",
  "webhook_endpoint.disabled",
];

export function NewEndpointDialog({
  onClose,
  onDone,
}: {
  readonly onClose: () => void;
  readonly onDone: (endpoint: WebhookEndpoint) => void;
}) {
  const [url, setUrl] = useState("https://");
  const [description, setDescription] = useState("");
  const [kind, setKind] = useState<"all" | "some">("all");
  const [events, setEvents] = useState<readonly EventType[]>(["job.succeeded", "job.failed"]);
  const { result, run } = useAction({
    mutationFn: () =>
      client.value.webhookEndpoints.create({
        url: url.trim(),
        description: description === "" ? undefined : description,
        events: kind === "all" ? undefined : [...events],
      }),
    onSuccess: onDone,
  });
  const { error } = result.value;
  const isUrl = error instanceof ApiError && error.field === "url";
  return (
    <Dialog
      title={accountText("newHook")}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{commonText("cancel")}</Button>
          <Button kind="ink" busy={result.value.isPending} onClick={() => void run(undefined).catch(() => undefined)}>
            {accountText("makeHook")}
          </Button>
        </>
      }
    >
      <Field
        label={accountText("address")}
        hint={accountText("addressHint")}
        error={isUrl ? describeError(error) : undefined}
      >
        {(control) => <TextInput {...control} type="url" value={url} maxLength={2048} onInput={setUrl} />}
      </Field>
      <Field label={accountText("description")}>
        {(control) => <TextInput {...control} value={description} maxLength={200} onInput={setDescription} />}
      </Field>
      <Seg
        label={accountText("events")}
        value={kind}
        onChange={setKind}
        options={[
          { value: "all", label: accountText("eventsAll") },
          { value: "some", label: accountText("eventsSome") },
        ]}
      />
      {kind === "some" && (
        <div class={styles.events}>
          {eventTypes.map((type) => (
            <Checkbox
              key={type}
              checked={events.includes(type)}
              onChange={(checked) => setEvents(checked ? [...events, type] : events.filter((each) => each !== type))}
            >
              {type}
            </Checkbox>
          ))}
        </div>
      )}
      {error && !isUrl && <Note kind="danger">{describeError(error)}</Note>}
    </Dialog>
  );
}
