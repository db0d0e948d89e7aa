import { Empty } from "../../parts/notes/empty.tsx";
import { Note } from "../../parts/notes/note.tsx";
import { Skeleton } from "../../parts/notes/skeleton.tsx";
import { client } from "../../server/client.ts";
import { describeError } from "../../server/describe-error.ts";
import { polling } from "../../server/polling.ts";
import { useServer } from "../../server/queries.ts";
import { useAccess } from "../../shell/access.ts";
import { View } from "../../shell/view.tsx";
import { commonText } from "../../text/common.ts";
import { Accounts } from "./accounts.tsx";
import { operateText } from "./messages.ts";
import styles from "./operate.module.css";
import { Failures, HookHealth, Pace, Prices, Waiting, Workers } from "./state-parts.tsx";

/** The state of the service, for a key with the scope `accounts:admin`. */
export default function Operate() {
  const title = operateText("title");
  const access = useAccess().value.data;
  const mayLook = access?.scopes.includes("accounts:admin") ?? false;
  const state = useServer({
    key: ["operations"],
    get: (signal) => client.value.operations({}, { signal }),
    everyMs: polling.operations,
    enabled: mayLook,
  }).value;
  return (
    <View title={title}>
      {access !== undefined && !mayLook && <Empty title={operateText("noScope")}>{operateText("noScopeText")}</Empty>}
      {state.error && <Note kind="danger">{describeError(state.error)}</Note>}
      {mayLook && state.data === undefined && !state.error && <Skeleton height="320px" label={commonText("loading")} />}
      {state.data && (
        <div class={styles.parts}>
          <Waiting state={state.data} />
          <Pace state={state.data} />
          <Workers state={state.data} />
          <div class={styles.pair}>
            <Failures state={state.data} />
            <HookHealth state={state.data} />
          </div>
          <Accounts />
          <Prices state={state.data} />
        </div>
      )}
    </View>
  );
}
