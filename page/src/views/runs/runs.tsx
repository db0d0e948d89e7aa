import { Empty } from "../../parts/notes/empty.tsx";
import { View } from "../../shell/view.tsx";
import { commonText } from "../../text/common.ts";
import { runsText } from "./messages.ts";

export default function Runs() {
  const title = runsText("title");
  return (
    <View title={title}>
      <Empty title={commonText("soonTitle", { view: title })}>{commonText("soonText")}</Empty>
    </View>
  );
}
