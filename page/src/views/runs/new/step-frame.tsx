import { ArrowLeft } from "lucide";
import type { ComponentChildren } from "preact";
import { Button } from "../../../parts/controls/button.tsx";
import { View } from "../../../shell/view.tsx";
import { runsText } from "../messages.ts";
import styles from "./step-frame.module.css";

const steps = [
  { part: "", title: "s1", text: "s1s" },
  { part: "columns", title: "s2", text: "s2s" },
  { part: "images", title: "s3", text: "s3s" },
  { part: "start", title: "s4", text: "s4s" },
] as const;

/**
 * A step of a new run: where it is among the four, its content, and the way on at the foot.
 * @param step - 0 to 3
 */
export function StepFrame({
  step,
  id,
  title,
  summary,
  back,
  next,
  children,
}: {
  readonly step: number;
  /** Absent before the run is recorded. */
  readonly id?: string;
  readonly title?: string | undefined;
  readonly summary?: ComponentChildren;
  readonly back?: ComponentChildren;
  readonly next: ComponentChildren;
  readonly children: ComponentChildren;
}) {
  return (
    <div class={styles.frame}>
      <View
        title={title ?? runsText("newRun")}
        lead={<Button kind="quiet" icon={ArrowLeft} href="/runs" label={runsText("title")} />}
      >
        <nav aria-label={runsText("steps")}>
          <ol class={styles.steps}>
            {steps.map(({ part, title: name, text }, index) => (
              <li
                key={name}
                class={`${styles.step} ${index < step ? styles.done : ""} ${index === step ? styles.current : ""}`}
                aria-current={index === step ? "step" : undefined}
              >
                <StepName to={index < step && index > 0 && id !== undefined ? `/runs/${id}/${part}` : undefined}>
                  {index + 1} {runsText(name)}
                </StepName>
                <span class={styles.text}>{runsText(text)}</span>
              </li>
            ))}
          </ol>
        </nav>
        <div class={styles.content}>{children}</div>
      </View>
      <footer class={styles.foot}>
        <div class={styles.footInside}>
          {back ?? <span />}
          <span class={styles.summary}>{summary}</span>
          {next}
        </div>
      </footer>
    </div>
  );
}

function StepName({ to, children }: { readonly to: string | undefined; readonly children: ComponentChildren }) {
  return to === undefined ? (
    <span class={styles.name}>{children}</span>
  ) : (
    <a class={styles.name} href={to}>
      {children}
    </a>
  );
}
