import { useState } from "preact/hooks";
import type { Account } from "../../../../sdk/src/index.ts";
import { Button } from "../../parts/controls/button.tsx";
import { Field, TextInput } from "../../parts/controls/field.tsx";
import { Dialog } from "../../parts/layers/dialog.tsx";
import { Note } from "../../parts/notes/note.tsx";
import { client } from "../../server/client.ts";
import { describeError } from "../../server/describe-error.ts";
import { useAction } from "../../server/queries.ts";
import { commonText } from "../../text/common.ts";
import { operateText } from "./messages.ts";

const microPerUnit = 1_000_000;

/** Books credit; the reference makes sure that an invoice counts once. */
export function CreditDialog({
  of: account,
  onClose,
  onDone,
}: {
  readonly of: Account;
  readonly onClose: () => void;
  readonly onDone: () => void;
}) {
  const [amount, setAmount] = useState("");
  const [reference, setReference] = useState("");
  const [note, setNote] = useState("");
  const [tried, setTried] = useState(false);
  const micro = Math.round(Number(amount.trim().replace(",", ".")) * microPerUnit);
  const isAmount = Number.isSafeInteger(micro) && micro !== 0;
  const isReference = reference.trim() !== "";
  const { result, run } = useAction({
    mutationFn: () =>
      client.value.accounts.credit(account.id, {
        amount: micro,
        reference: reference.trim(),
        note: note === "" ? undefined : note,
      }),
    onSuccess: onDone,
  });
  const go = () => {
    setTried(true);
    if (isAmount && isReference) void run(undefined).catch(() => undefined);
  };
  return (
    <Dialog
      title={operateText("creditTitle", { name: account.name || account.id })}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{commonText("cancel")}</Button>
          <Button kind="ink" busy={result.value.isPending} onClick={go}>
            {operateText("credit")}
          </Button>
        </>
      }
    >
      <Field
        label={operateText("amount")}
        hint={operateText("amountHint", { currency: account.balance.currency })}
        error={tried && !isAmount ? operateText("amountBad") : undefined}
      >
        {(control) => <TextInput {...control} inputMode="decimal" value={amount} onInput={setAmount} />}
      </Field>
      <Field
        label={operateText("reference")}
        hint={operateText("referenceHint")}
        error={tried && !isReference ? operateText("referenceBad") : undefined}
      >
        {(control) => <TextInput {...control} value={reference} maxLength={100} onInput={setReference} />}
      </Field>
      <Field label={operateText("note")}>
        {(control) => <TextInput {...control} value={note} maxLength={200} onInput={setNote} />}
      </Field>
      {result.value.error && <Note kind="danger">{describeError(result.value.error)}</Note>}
    </Dialog>
  );
}

/** An account without credit or keys. */
export function NewAccountDialog({ onClose, onDone }: { readonly onClose: () => void; readonly onDone: () => void }) {
  const [name, setName] = useState("");
  const { result, run } = useAction({
    mutationFn: () => client.value.accounts.create({ name: name.trim() }),
    onSuccess: onDone,
  });
  return (
    <Dialog
      title={operateText("newAccount")}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{commonText("cancel")}</Button>
          <Button kind="ink" busy={result.value.isPending} onClick={() => void run(undefined).catch(() => undefined)}>
            {operateText("makeAccount")}
          </Button>
        </>
      }
    >
      <Field label={operateText("name")}>
        {(control) => <TextInput {...control} value={name} maxLength={100} onInput={setName} />}
      </Field>
      {result.value.error && <Note kind="danger">{describeError(result.value.error)}</Note>}
    </Dialog>
  );
}
