import { useLocation } from "preact-iso";
import { Tabs } from "../../parts/data/tabs.tsx";
import { View } from "../../shell/view.tsx";
import { Library } from "./library.tsx";
import { promptsText } from "./messages.ts";
import { OwnPrompts } from "./own-prompts.tsx";

/** Prompts that are known to work, and the account's own. The part on show is in the address. */
export default function Prompts() {
  const { path, route } = useLocation();
  const part = path === "/prompts/yours" ? "yours" : "library";
  return (
    <View title={promptsText("title")}>
      <Tabs
        value={part}
        onChange={(value) => route(value === "yours" ? "/prompts/yours" : "/prompts")}
        tabs={[
          { value: "library", label: promptsText("library") },
          { value: "yours", label: promptsText("yours") },
        ]}
        label={promptsText("title")}
      >
        {part === "library" ? <Library /> : <OwnPrompts />}
      </Tabs>
    </View>
  );
}
