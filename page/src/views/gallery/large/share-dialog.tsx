import { useState } from "preact/hooks";
import { Button } from "../../../parts/controls/button.tsx";
import { Field, TextInput } from "../../../parts/controls/field.tsx";
import { Seg } from "../../../parts/controls/seg.tsx";
import { copyText } from "../../../parts/data/copy-text.ts";
import { Dialog } from "../../../parts/layers/dialog.tsx";
import { client } from "../../../server/client.ts";
import { describeError } from "../../../server/describe-error.ts";
import { useAction } from "../../../server/queries.ts";
import { commonText } from "../../../text/common.ts";
import { formatTime } from "../../../text/format.ts";
import { galleryText } from "../messages.ts";

const days = { 1: "largeD1", 7: "largeD7", 30: "largeD30" } as const;
const dayS = 86_400;

/** Makes a link to the image that anybody can open until it expires. */
export function ShareDialog({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const [life, setLife] = useState<"1" | "7" | "30">("7");
  const { result, run } = useAction({
    mutationFn: (lifeDays: number) => client.peek().images.share(id, { expires_in: lifeDays * dayS }),
  });
  const link = result.value.data;
  return (
    <Dialog
      title={galleryText("largeShareT")}
      onClose={onClose}
      actions={
        link === undefined ? (
          <Button kind="ink" busy={result.value.isPending} onClick={() => void run(Number(life)).catch(() => {})}>
            {galleryText("largeShareMake")}
          </Button>
        ) : (
          <Button kind="ink" onClick={() => void copyText(link.url)}>
            {commonText("copy")}
          </Button>
        )
      }
    >
      <p>{galleryText("largeShareP")}</p>
      {link === undefined ? (
        <>
          <Seg
            label={galleryText("largeShareFor")}
            value={life}
            options={(["1", "7", "30"] as const).map((value) => ({ value, label: galleryText(days[value]) }))}
            onChange={setLife}
          />
          {result.value.error && <p role="alert">{describeError(result.value.error)}</p>}
        </>
      ) : (
        <Field label={galleryText("shareLink")} hint={galleryText("shareUntil", { d: formatTime(link.expires_at) })}>
          {(control) => <TextInput {...control} value={link.url} onInput={() => {}} />}
        </Field>
      )}
    </Dialog>
  );
}
