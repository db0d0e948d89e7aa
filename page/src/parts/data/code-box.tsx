import { Copy } from "lucide";
import { commonText } from "../../text/common.ts";
import { Button } from "../controls/button.tsx";
import styles from "./code-box.module.css";
import { copyText } from "./copy-text.ts";

export interface CodePart {
  readonly text: string;
  readonly kind?: "name" | "string";
}

/** Code to be copied in one click. `parts` colours it; what is copied is their text. */
export function CodeBox({ parts, label }: { readonly parts: readonly CodePart[]; readonly label: string }) {
  const code = parts.map(({ text }) => text).join("");
  return (
    <div class={styles.box}>
      <div class={styles.action}>
        <Button icon={Copy} onClick={() => void copyText(code)}>
          {commonText("copy")}
        </Button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section class={styles.scroll} tabIndex={0} aria-label={label}>
        <pre class={styles.code}>
          <code>
            {parts.map(({ text, kind }, index) => (
              <span key={index} class={kind && styles[kind]}>
                {text}
              </span>
            ))}
          </code>
        </pre>
      </section>
    </div>
  );
}
