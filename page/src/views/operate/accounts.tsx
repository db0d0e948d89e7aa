import { Plus } from "lucide";
import { useState } from "preact/hooks";
import type { Account } from "../../../../sdk/src/index.ts";
import { Button } from "../../parts/controls/button.tsx";
import { PartHead } from "../../parts/data/part-head.tsx";
import { RowItem, RowList } from "../../parts/data/row-list.tsx";
import { toast } from "../../parts/layers/toasts.ts";
import { Note } from "../../parts/notes/note.tsx";
import { Tag } from "../../parts/notes/tag.tsx";
import { client } from "../../server/client.ts";
import { describeError } from "../../server/describe-error.ts";
import { polling } from "../../server/polling.ts";
import { queries, useServer } from "../../server/queries.ts";
import { formatMoney } from "../../text/format.ts";
import { formatNumber } from "../../text/texts.ts";
import { CreditDialog, NewAccountDialog } from "./account-dialogs.tsx";
import { operateText } from "./messages.ts";
import styles from "./operate.module.css";

/** Every account with its balance; credit is booked, and accounts are made. */
export function Accounts() {
  const accounts = useServer({
    key: ["accounts"],
    get: (signal) => client.value.accounts.list({ signal }),
    everyMs: polling.balance,
  }).value;
  const [doing, setDoing] = useState<"new" | Account>();
  const close = () => setDoing(undefined);
  const done = (text: "booked" | "made") => {
    void queries.invalidateQueries({ queryKey: ["accounts"] });
    toast(operateText(text));
    close();
  };
  return (
    <div class={styles.part}>
      <PartHead title={operateText("accounts")}>
        <Button icon={Plus} onClick={() => setDoing("new")}>
          {operateText("newAccount")}
        </Button>
      </PartHead>
      {accounts.error && <Note kind="danger">{describeError(accounts.error)}</Note>}
      <RowList label={operateText("accounts")}>
        {(accounts.data ?? []).map((account) => (
          <RowItem
            key={account.id}
            title={
              <>
                <span>{account.name || account.id}</span>
                {account.terms.unlimited && <Tag>{operateText("unlimited")}</Tag>}
              </>
            }
            text={describeAccount(account)}
            aside={<Button onClick={() => setDoing(account)}>{operateText("credit")}</Button>}
          />
        ))}
      </RowList>
      {doing === "new" && <NewAccountDialog onClose={close} onDone={() => done("made")} />}
      {typeof doing === "object" && <CreditDialog of={doing} onClose={close} onDone={() => done("booked")} />}
    </div>
  );
}

function describeAccount({ id, name, balance, terms }: Account): string {
  const money = (micro: number) => formatMoney(micro, balance.currency) ?? `${formatNumber(micro)} µ`;
  return [
    name === "" ? "" : id,
    // It is not held against an account without limit.
    terms.unlimited ? "" : `${operateText("balance")} ${money(balance.available)}`,
    `${operateText("held")} ${money(balance.held)}`,
    `${operateText("open")} ${formatNumber(balance.open_jobs)}`,
  ]
    .filter((text) => text !== "")
    .join(" · ");
}
