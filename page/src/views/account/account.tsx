import { useLocation } from "preact-iso";
import { Button } from "../../parts/controls/button.tsx";
import { Tabs } from "../../parts/data/tabs.tsx";
import { Skeleton } from "../../parts/notes/skeleton.tsx";
import { apiKey, forgetKey } from "../../server/session.ts";
import { useAccess } from "../../shell/access.ts";
import { PhoneSwitches } from "../../shell/rail.tsx";
import { View } from "../../shell/view.tsx";
import { commonText } from "../../text/common.ts";
import { Hooks } from "./hooks/hooks.tsx";
import { Keys } from "./keys/keys.tsx";
import { accountText } from "./messages.ts";
import { Spending } from "./spending/spending.tsx";

const parts = [
  { value: "spending", scope: "usage:read", show: Spending },
  { value: "keys", scope: "keys:admin", show: Keys },
  { value: "hooks", scope: "webhooks:read", show: Hooks },
] as const;

/** Spending, keys and webhooks: what the key in use may see of them. The part on show is in the address. */
export default function Account() {
  const { path, route } = useLocation();
  const access = useAccess().value.data;
  if (access === undefined) {
    return (
      <View title={accountText("title")}>
        <Skeleton height="320px" label={commonText("loading")} />
      </View>
    );
  }
  const may = (scope: string) => access.scopes.includes("*") || access.scopes.includes(scope);
  const shown = parts.filter(({ scope }) => may(scope));
  const part = shown.find(({ value }) => path === `/account/${value}`) ?? shown[0];
  const aside = (
    <>
      <PhoneSwitches />
      {apiKey.value !== null && (
        <Button kind="quiet" onClick={forgetKey}>
          {accountText("signOut")}
        </Button>
      )}
    </>
  );
  return (
    <View title={accountText("title")} sub={access.account.name} aside={aside}>
      {part && (
        <Tabs
          value={part.value}
          onChange={(value) => route(`/account/${value}`)}
          tabs={shown.map(({ value }) => ({ value, label: accountText(value) }))}
          label={accountText("title")}
        >
          <part.show access={access} may={may} />
        </Tabs>
      )}
    </View>
  );
}
