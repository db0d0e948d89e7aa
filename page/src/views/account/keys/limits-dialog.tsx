import { useState } from "preact/hooks";
import type { Key } from "../../../../../sdk/src/index.ts";
import { Button } from "../../../parts/controls/button.tsx";
import { Dialog } from "../../../parts/layers/dialog.tsx";
import { Note } from "../../../parts/notes/note.tsx";
import { client } from "../../../server/client.ts";
import { describeError } from "../../../server/describe-error.ts";
import { useAction } from "../../../server/queries.ts";
import { commonText } from "../../../text/common.ts";
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
    <Dialog
      title={`${accountText("changeLimits")}: ${key.name}`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{commonText("cancel")}</Button>
          <Button
            kind="ink"
            busy={result.value.isPending}
            onClick={() => void (isBad || run(undefined).catch(() => undefined))}
          >
            {accountText("save")}
          </Button>
        </>
      }
    >
      <LimitFields value={texts} onChange={setTexts} currency={access.balance?.currency ?? "USD"} />
      {result.value.error && <Note kind="danger">{describeError(result.value.error)}</Note>}
    </Dialog>
  );
}
