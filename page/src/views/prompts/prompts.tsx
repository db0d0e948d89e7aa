import { Empty } from "../../parts/notes/empty.tsx";
import { View } from "../../shell/view.tsx";
import { commonText } from "../../text/common.ts";
import { promptsText } from "./messages.ts";

export default function Prompts() {
  const title = promptsText("title");
  return (
    <View title={title}>
      <Empty title={commonText("soonTitle", { view: title })}>{commonText("soonText")}</Empty>
    </View>
  );
}
