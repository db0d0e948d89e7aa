import { Empty } from "../../parts/notes/empty.tsx";
import { View } from "../../shell/view.tsx";
import { commonText } from "../../text/common.ts";
import { operateText } from "./messages.ts";

export default function Operate() {
  const title = operateText("title");
  return (
    <View title={title}>
      <Empty title={commonText("soonTitle", { view: title })}>{commonText("soonText")}</Empty>
    </View>
  );
}
