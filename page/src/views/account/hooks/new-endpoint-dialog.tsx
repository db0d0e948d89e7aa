import { useState } from "preact/hooks";
import { ApiError, type WebhookEndpoint, type WebhookEndpointRequest } from "../../../../../sdk/src/index.ts";
import { endpointEventTypes } from "../../../../../shared/webhooks/webhook-event.ts";
import { Checkbox, Field, TextInput } from "../../../parts/controls/field.tsx";
import { Seg } from "../../../parts/controls/seg.tsx";
import { FormDialog } from "../../../parts/layers/form-dialog.tsx";
import { client } from "../../../server/client.ts";
import { describeError } from "../../../server/describe-error.ts";
import { useAction } from "../../../server/queries.ts";
import styles from "../account.module.css";
import { accountText } from "../messages.ts";

type EventType = NonNullable<WebhookEndpointRequest["events"]>[number];

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
    <FormDialog
      title={accountText("newHook")}
      action={accountText("makeHook")}
      busy={result.value.isPending}
      error={isUrl ? undefined : error}
      onClose={onClose}
      onSend={() => void run(undefined).catch(() => undefined)}
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
          {endpointEventTypes.map((type) => (
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
    </FormDialog>
  );
}
