import styles from "./bar.module.css";

/** A share of a whole. @param share - 0 to 1; `null` where it is not known yet */
export function Bar({
  share,
  label,
  kind = "info",
}: {
  readonly share: number | null;
  readonly label: string;
  readonly kind?: "info" | "warn" | "danger";
}) {
  const percent = share === null ? 0 : Math.round(Math.min(1, Math.max(0, share)) * 100);
  return (
    <div
      class={`${styles.bar} ${styles[kind]}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={share === null ? undefined : percent}
    >
      <div class={styles.filled} style={{ width: `${percent}%` }} />
    </div>
  );
}
