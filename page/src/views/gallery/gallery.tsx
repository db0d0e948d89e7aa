import { Empty } from "../../parts/notes/empty.tsx";
import { View } from "../../shell/view.tsx";
import { commonText } from "../../text/common.ts";
import { galleryText } from "./messages.ts";

export default function Gallery() {
  const title = galleryText("title");
  return (
    <View title={title}>
      <Empty title={commonText("soonTitle", { view: title })}>{commonText("soonText")}</Empty>
    </View>
  );
}
