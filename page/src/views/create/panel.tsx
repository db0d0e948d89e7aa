import { signal } from "@preact/signals";
import { Code, Settings2, X } from "lucide";
import { lazy } from "preact-iso";
import type { Model } from "../../../../sdk/src/index.ts";
import { Button } from "../../parts/controls/button.tsx";
import { Tabs } from "../../parts/data/tabs.tsx";
import { Sheet } from "../../parts/layers/sheet.tsx";
import { loadPart } from "../../shell/load-part.ts";
import { commonText } from "../../text/common.ts";
import { createText } from "./messages.ts";
import styles from "./panel.module.css";
import { panel } from "./panel-state.ts";

const Settings = lazy(loadPart(async () => (await import("./settings/settings.tsx")).Settings));
const CodePanel = lazy(loadPart(async () => (await import("./code/code-panel.tsx")).CodePanel));

const wide = matchMedia("(min-width: 1280px)");
const isWide = signal(wide.matches);
wide.addEventListener("change", () => (isWide.value = wide.matches));

/** Settings and code: beside the feed where there is room, over it elsewhere. */
export function Panel({ model, models }: { readonly model: Model | undefined; readonly models: readonly Model[] }) {
  const { value: tab } = panel;
  if (tab === null || model === undefined) return null;
  const close = () => (panel.value = null);
  const tabs = (
    <Tabs
      label={createText("settings")}
      value={tab}
      onChange={(chosen) => (panel.value = chosen)}
      tabs={[
        { value: "settings", label: createText("settings"), icon: Settings2 },
        { value: "code", label: createText("code"), icon: Code },
      ]}
      aside={isWide.value && <Button kind="quiet" icon={X} label={commonText("close")} onClick={close} />}
    >
      <div class={styles.content}>
        {tab === "settings" ? <Settings model={model} models={models} /> : <CodePanel model={model} />}
      </div>
    </Tabs>
  );
  if (!isWide.value) {
    return (
      <Sheet title={createText(tab)} onClose={close}>
        {tabs}
      </Sheet>
    );
  }
  return (
    <aside class={`${styles.docked} ${tab === "code" ? styles.code : ""}`} aria-label={createText(tab)}>
      {tabs}
    </aside>
  );
}
