import type { Key } from "../../../../../sdk/src/index.ts";
import { RowItem } from "../../../parts/data/row-list.tsx";
import { Menu } from "../../../parts/layers/menu.tsx";
import { Tag } from "../../../parts/notes/tag.tsx";
import { formatAgo, formatDay, formatTime } from "../../../text/format.ts";
import { moneyText } from "../../../text/money-text.ts";
import { accountText } from "../messages.ts";
import type { PartProps } from "../part.ts";

/** @param onAsk - what is to be done with it */
export function KeyRow({
  of: key,
  access,
  onAsk,
}: {
  readonly of: Key;
  readonly access: PartProps["access"];
  readonly onAsk: (what: "limits" | "rotate" | "revoke") => void;
}) {
  const isOwn = key.id === access.id;
  const isRevoked = key.revoked_at !== null;
  const isExpired = key.expires_at !== null && Date.parse(key.expires_at) < Date.now();
  // No key changes itself.
  const actions = [
    { label: accountText("changeLimits"), run: () => onAsk("limits") },
    { label: accountText("rotate"), run: () => onAsk("rotate") },
    { label: accountText("revoke"), danger: true, run: () => onAsk("revoke") },
  ].slice(isOwn ? 1 : 0);
  return (
    <RowItem
      title={
        <>
          <span>{key.name || key.id}</span>
          {isOwn && <Tag kind="info">{accountText("thisKey")}</Tag>}
          {isRevoked && <Tag kind="danger">{accountText("revoked")}</Tag>}
        </>
      }
      text={describeKey(key, access.balance?.currency ?? "USD").join(" · ")}
      aside={!isRevoked && !isExpired && <Menu items={actions} label={`${accountText("keys")}: ${key.name}`} />}
    />
  );
}

function describeKey(key: Key, currency: string): string[] {
  const { monthly_cap: cap, requests_per_minute: perMinute } = key.limits;
  return [
    `${key.hint}…`,
    scopesText(key.scopes),
    key.last_used_at === null
      ? accountText("neverUsed")
      : accountText("lastUsed", { when: formatAgo(key.last_used_at) }),
    cap == null ? "" : accountText("limitOf", { amount: moneyText(cap, currency) }),
    perMinute == null ? "" : accountText("perMinute", { n: perMinute }),
    key.expires_at === null ? "" : accountText("expiresWhen", { when: formatDay(key.expires_at) }),
    key.previous_value_until === null ? "" : accountText("oldUntil", { when: formatTime(key.previous_value_until) }),
  ].filter((text) => text !== "");
}

function scopesText(scopes: readonly string[]): string {
  if (scopes.includes("*")) return accountText("scopesAll");
  return scopes.length > 3 ? `${scopes.slice(0, 3).join(", ")} +${scopes.length - 3}` : scopes.join(", ");
}
