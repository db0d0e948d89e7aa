import { NotFoundError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import { type Items, ItemsConditionFailed } from "../ports/items.ts";
import { maxSecrets, secretOverlapMs } from "../webhooks/webhook-endpoints.ts";
import { newWebhookSecret } from "../webhooks/webhook-signature.ts";
import { type Account, accountRecord } from "./account.ts";

/** The secrets that the webhooks of an account's single jobs are signed with at this moment, newest first. */
export function liveAccountSecrets(account: Account | undefined, now: number): string[] {
  const { webhookSecrets = [], replacedSecrets = [] } = account ?? {};
  return [...webhookSecrets, ...replacedSecrets.filter(({ expiresAt }) => expiresAt > now).map(({ value }) => value)];
}

/**
 * A new secret for the account; the ones before it go on signing for `secretOverlapMs`, as those of endpoints do.
 * @throws NotFoundError `account_not_found`
 */
export async function rotateAccountSecret(
  { items, clock }: { readonly items: Items; readonly clock: Clock },
  accountId: string,
): Promise<{ readonly secret: string; readonly previousUntil: number }> {
  const secret = newWebhookSecret();
  for (;;) {
    const item = await items.get({ pk: `ACC#${accountId}`, sk: "META" });
    if (item === undefined) throw new NotFoundError("account_not_found", `there is no account ${accountId}`);
    const account = accountRecord.read(item);
    const now = clock.now();
    const previousUntil = now + secretOverlapMs;
    const replacedSecrets = [
      ...account.webhookSecrets.map((value) => ({ value, expiresAt: previousUntil })),
      ...(account.replacedSecrets ?? []).filter(({ expiresAt }) => expiresAt > now),
    ].slice(0, maxSecrets - 1);
    const { version, ...record } = item;
    const data = { ...item.data, webhookSecrets: [secret], replacedSecrets };
    try {
      await items.write([{ put: { ...record, data }, if: { version } }]);
      return { secret, previousUntil };
    } catch (error) {
      // A concurrent rotation or change of terms: read it again.
      if (!(error instanceof ItemsConditionFailed)) throw error;
    }
  }
}
