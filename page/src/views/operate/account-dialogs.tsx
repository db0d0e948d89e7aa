import { useState } from "preact/hooks";
import type { Account } from "../../../../sdk/src/index.ts";
import { Field, TextInput } from "../../parts/controls/field.tsx";
import { FormDialog } from "../../parts/layers/form-dialog.tsx";
import { client } from "../../server/client.ts";
import { useAction } from "../../server/queries.ts";
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
    <FormDialog
      title={operateText("creditTitle", { name: account.name || account.id })}
      action={operateText("credit")}
      busy={result.value.isPending}
      error={result.value.error}
      onClose={onClose}
      onSend={go}
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
    </FormDialog>
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
    <FormDialog
      title={operateText("newAccount")}
      action={operateText("makeAccount")}
      busy={result.value.isPending}
      error={result.value.error}
      onClose={onClose}
      onSend={() => void run(undefined).catch(() => undefined)}
    >
      <Field label={operateText("name")}>
        {(control) => <TextInput {...control} value={name} maxLength={100} onInput={setName} />}
      </Field>
    </FormDialog>
  );
}
