import { Plus } from "lucide";
import { useState } from "preact/hooks";
import type { Key } from "../../../../../sdk/src/index.ts";
import { Button } from "../../../parts/controls/button.tsx";
import { PartHead } from "../../../parts/data/part-head.tsx";
import { RowList } from "../../../parts/data/row-list.tsx";
import { AskDialog } from "../../../parts/layers/ask-dialog.tsx";
import { toast } from "../../../parts/layers/toasts.ts";
import { Note } from "../../../parts/notes/note.tsx";
import { Skeleton } from "../../../parts/notes/skeleton.tsx";
import { client } from "../../../server/client.ts";
import { describeError } from "../../../server/describe-error.ts";
import { queries, useServer } from "../../../server/queries.ts";
import { commonText } from "../../../text/common.ts";
import styles from "../account.module.css";
import { accountText } from "../messages.ts";
import type { PartProps } from "../part.ts";
import { SecretDialog } from "../secret-dialog.tsx";
import { KeyRow } from "./key-row.tsx";
import { LimitsDialog } from "./limits-dialog.tsx";
import { NewKeyDialog } from "./new-key-dialog.tsx";

type Doing =
  | { readonly what: "new" }
  | { readonly what: "limits" | "rotate" | "revoke"; readonly key: Key }
  | { readonly what: "shown"; readonly name: string; readonly value: string };

/** The account's keys; revoked ones last. */
export function Keys({ access }: PartProps) {
  const keys = useServer({ key: ["keys"], get: (signal) => client.value.keys.list({ signal }) }).value;
  const [doing, setDoing] = useState<Doing>();
  const close = () => setDoing(undefined);
  const done = (key: Key) => {
    void queries.invalidateQueries({ queryKey: ["keys"] });
    if (key.value === undefined) close();
    else setDoing({ what: "shown", name: key.name, value: key.value });
  };
  if (keys.error) return <Note kind="danger">{describeError(keys.error)}</Note>;
  if (keys.data === undefined) return <Skeleton height="240px" label={commonText("loading")} />;
  const sorted = [...keys.data].sort((a, b) => Number(a.revoked_at !== null) - Number(b.revoked_at !== null));
  return (
    <div class={styles.part}>
      <PartHead title={accountText("keys")}>
        <Button icon={Plus} onClick={() => setDoing({ what: "new" })}>
          {accountText("newKey")}
        </Button>
      </PartHead>
      <RowList label={accountText("keys")}>
        {sorted.map((key) => (
          <KeyRow key={key.id} of={key} access={access} onAsk={(what) => setDoing({ what, key })} />
        ))}
      </RowList>
      {doing?.what === "new" && <NewKeyDialog access={access} onClose={close} onDone={done} />}
      {doing?.what === "limits" && <LimitsDialog of={doing.key} access={access} onClose={close} onDone={done} />}
      {doing?.what === "rotate" && (
        <AskDialog
          title={accountText("rotateTitle", { name: doing.key.name })}
          text={accountText("rotateText")}
          action={accountText("rotateGo")}
          onClose={close}
          run={async () => done(await client.value.keys.rotate(doing.key.id))}
        />
      )}
      {doing?.what === "revoke" && (
        <AskDialog
          title={accountText("revokeTitle", { name: doing.key.name })}
          text={accountText("revokeText")}
          action={accountText("revoke")}
          danger
          onClose={close}
          run={async () => {
            done(await client.value.keys.revoke(doing.key.id));
            toast(accountText("revokedToast"));
          }}
        />
      )}
      {doing?.what === "shown" && <SecretDialog name={doing.name} value={doing.value} onClose={close} />}
    </div>
  );
}
