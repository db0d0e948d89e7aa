import { Plus } from "lucide";
import type { Run } from "../../../../../../sdk/src/index.ts";
import { Button } from "../../../../parts/controls/button.tsx";
import { Note } from "../../../../parts/notes/note.tsx";
import { client } from "../../../../server/client.ts";
import { polling } from "../../../../server/polling.ts";
import { useServer } from "../../../../server/queries.ts";
import { apiKey } from "../../../../server/session.ts";
import { runsText } from "../../messages.ts";

/** For how many of the images the balance lasts; nothing for an account without limits. */
export function BalanceNote({ run: { counts, cost } }: { readonly run: Run }) {
  const { data: balance } = useServer({
    key: ["balance", apiKey.value],
    get: (signal) => client.value.balance({ signal }),
    everyMs: polling.balance,
  }).value;
  if (balance === undefined || balance.unlimited || counts.to_draw === 0 || cost.quoted === 0) return null;
  if (balance.available >= cost.quoted) return <Note kind="ok">{runsText("fitsAll")}</Note>;
  const affordable = Math.max(0, Math.floor(balance.available / (cost.quoted / counts.to_draw)));
  return (
    <Note
      kind="warn"
      action={
        <Button icon={Plus} href="/account">
          {runsText("addCredit")}
        </Button>
      }
    >
      <strong>{runsText("fits", { n: affordable, total: counts.to_draw })}</strong>
      <br />
      {runsText("fitsDo")}
    </Note>
  );
}
