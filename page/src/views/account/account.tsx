import { Empty } from "../../parts/notes/empty.tsx";
import { View } from "../../shell/view.tsx";
import { commonText } from "../../text/common.ts";
import { accountText } from "./messages.ts";

export default function Account() {
  const title = accountText("title");
  return (
    <View title={title}>
      <Empty title={commonText("soonTitle", { view: title })}>{commonText("soonText")}</Empty>
    </View>
  );
}
