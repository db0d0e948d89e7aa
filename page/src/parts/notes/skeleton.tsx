import styles from "./skeleton.module.css";

/** Holds the place of what is loading; seen only after 150 ms. @param height - any CSS length */
export function Skeleton({ height, label }: { readonly height: string; readonly label: string }) {
  return (
    <div class={styles.skeleton} style={{ height }} role="status">
      <span class="unseen">{label}</span>
    </div>
  );
}
