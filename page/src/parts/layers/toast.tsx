import { Button } from "../controls/button.tsx";
import styles from "./toast.module.css";
import { toasts } from "./toasts.ts";

/** Where `toast()` shows its texts; once, in the shell. */
export function Toasts() {
  return (
    <div class={styles.place} role="status">
      {toasts.value.map(({ id, text, action }) => (
        <div key={id} class={styles.toast}>
          {text}
          {action && (
            <Button
              kind="quiet"
              onClick={() => {
                toasts.value = toasts.peek().filter((each) => each.id !== id);
                action.run();
              }}
            >
              {action.label}
            </Button>
          )}
        </div>
      ))}
    </div>
  );
}
