import { useState } from "preact/hooks";
import type { Key } from "../../../../../sdk/src/index.ts";
import { FormDialog } from "../../../parts/layers/form-dialog.tsx";
import { client } from "../../../server/client.ts";
import { useAction } from "../../../server/queries.ts";
import { accountText } from "../messages.ts";
import type { PartProps } from "../part.ts";
import { LimitFields } from "./limit-fields.tsx";
import { limitTexts, readLimits } from "./limit-texts.ts";

export function LimitsDialog({
  of: key,
  access,
  onClose,
  onDone,
}: {
  readonly of: Key;
  readonly access: PartProps["access"];
  readonly onClose: () => void;
  readonly onDone: (key: Key) => void;
}) {
  const [texts, setTexts] = useState(limitTexts(key.limits.monthly_cap, key.limits.requests_per_minute));
  const { cap, requests } = readLimits(texts);
  const { result, run } = useAction({
    mutationFn: () =>
      client.value.keys.update(key.id, {
        limits: { monthly_cap: cap ?? null, requests_per_minute: requests ?? null },
      }),
    onSuccess: onDone,
  });
  const isBad = cap === undefined || requests === undefined;
  return (
    <FormDialog
      title={`${accountText("changeLimits")}: ${key.name}`}
      action={accountText("save")}
      busy={result.value.isPending}
      error={result.value.error}
      onClose={onClose}
      onSend={() => void (isBad || run(undefined).catch(() => undefined))}
    >
      <LimitFields value={texts} onChange={setTexts} currency={access.balance?.currency ?? "USD"} />
    </FormDialog>
  );
}
