import { useState } from "preact/hooks";
import type { Key, KeyRequest } from "../../../../../sdk/src/index.ts";
import { Field, TextInput } from "../../../parts/controls/field.tsx";
import { Seg } from "../../../parts/controls/seg.tsx";
import { FormDialog } from "../../../parts/layers/form-dialog.tsx";
import { client } from "../../../server/client.ts";
import { useAction } from "../../../server/queries.ts";
import { accountText } from "../messages.ts";
import type { PartProps } from "../part.ts";
import { LimitFields } from "./limit-fields.tsx";
import { limitTexts, readLimits } from "./limit-texts.ts";

type Scopes = NonNullable<KeyRequest["scopes"]>;

const mayRead: Scopes = ["jobs:read", "files:read", "models:read"];
const mayDraw: Scopes = [...mayRead, "jobs:write", "files:write"];

const kinds = { draw: mayDraw, read: mayRead, all: undefined };

export function NewKeyDialog({
  access,
  onClose,
  onDone,
}: {
  readonly access: PartProps["access"];
  readonly onClose: () => void;
  readonly onDone: (key: Key) => void;
}) {
  const [name, setName] = useState("");
  const [kind, setKind] = useState<keyof typeof kinds>("draw");
  const [texts, setTexts] = useState(limitTexts(null, null));
  const [expires, setExpires] = useState("");
  const { cap, requests } = readLimits(texts);
  const { result, run } = useAction({
    mutationFn: () =>
      client.value.keys.create({
        name,
        scopes: kinds[kind],
        expires_at: expires === "" ? undefined : new Date(`${expires}T23:59:59`).toISOString(),
        limits: cap == null && requests == null ? undefined : { monthly_cap: cap, requests_per_minute: requests },
      }),
    onSuccess: onDone,
  });
  const isBad = cap === undefined || requests === undefined;
  return (
    <FormDialog
      title={accountText("newKey")}
      action={accountText("make")}
      busy={result.value.isPending}
      error={result.value.error}
      onClose={onClose}
      onSend={() => void (isBad || run(undefined).catch(() => undefined))}
    >
      <Field label={accountText("name")} hint={accountText("nameHint")}>
        {(control) => <TextInput {...control} value={name} maxLength={100} onInput={setName} autoComplete="off" />}
      </Field>
      <Seg
        label={accountText("may")}
        value={kind}
        onChange={setKind}
        options={[
          { value: "draw", label: accountText("mayDraw") },
          { value: "read", label: accountText("mayRead") },
          { value: "all", label: accountText("mayAll") },
        ]}
      />
      <LimitFields value={texts} onChange={setTexts} currency={access.balance?.currency ?? "USD"} />
      <Field label={accountText("expires")} hint={accountText("expiresHint")}>
        {(control) => <TextInput {...control} type="date" value={expires} onInput={setExpires} />}
      </Field>
    </FormDialog>
  );
}
