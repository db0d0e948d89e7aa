import type { WebhookHealth } from "../../../../../sdk/src/index.ts";
import { client } from "../../../server/client.ts";
import { polling } from "../../../server/polling.ts";
import { useServer } from "../../../server/queries.ts";
import { formatTime } from "../../../text/format.ts";
import { formatNumber } from "../../../text/texts.ts";
import { accountText } from "../messages.ts";
import styles from "./health-bar.module.css";

const hours = "24";

/** How the messages to an endpoint fared in each of the last 24 hours: a cell an hour, and in words all of them. */
export function HealthBar({ id }: { readonly id: string }) {
  const health = useServer({
    key: ["endpoint-health", id],
    get: (signal) => client.value.webhookEndpoints.health(id, { hours }, { signal }),
    everyMs: polling.health,
  }).value.data;
  const counted = (health?.hours ?? []).map(countHour);
  const n = counted.reduce((sum, { all }) => sum + all, 0);
  const delivered = counted.reduce((sum, each) => sum + each.delivered, 0);
  const text =
    n === 0
      ? accountText("healthNone")
      : accountText("health", { n, share: `${formatNumber((100 * delivered) / n, 1)} %` });
  return (
    <div class={styles.health}>
      <div class={styles.cells} aria-hidden="true">
        {counted.map(({ at, all, delivered: good }) => (
          <span
            key={at}
            class={`${styles.cell} ${all === 0 ? "" : good === all ? styles.good : styles.bad}`}
            title={`${formatTime(at)} · ${formatNumber(good)} / ${formatNumber(all)}`}
          />
        ))}
      </div>
      {health && <span>{text}</span>}
    </div>
  );
}

function countHour({ at, attempts }: WebhookHealth["hours"][number]) {
  const all = Object.values(attempts).reduce((sum, count) => sum + count, 0);
  return { at, all, delivered: attempts.delivered ?? 0 };
}
