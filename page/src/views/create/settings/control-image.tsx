import { ImagePlus } from "lucide";
import { useRef, useState } from "preact/hooks";
import { Button } from "../../../parts/controls/button.tsx";
import { Note } from "../../../parts/notes/note.tsx";
import { describeError } from "../../../server/describe-error.ts";
import type { InputImage } from "../draft.ts";
import { takeImage } from "../input/take-image.ts";
import { createText } from "../messages.ts";

/** The image whose lines a ControlNet follows. */
export function ControlImage({
  image,
  onChange,
}: {
  readonly image: InputImage | null;
  readonly onChange: (image: InputImage) => void;
}) {
  const file = useRef<HTMLInputElement>(null);
  const [error, setError] = useState<string>();
  const take = async (chosen: File) => {
    try {
      onChange(await takeImage(chosen));
      setError(undefined);
    } catch (cause) {
      setError(describeError(cause));
    }
  };
  return (
    <>
      <Button icon={ImagePlus} onClick={() => file.current?.click()}>
        {image?.name ?? createText("setControlImage")}
      </Button>
      <input
        ref={file}
        type="file"
        accept="image/*"
        hidden
        onChange={(event) => {
          const [chosen] = event.currentTarget.files ?? [];
          event.currentTarget.value = "";
          if (chosen) void take(chosen);
        }}
      />
      {error !== undefined && <Note kind="danger">{error}</Note>}
    </>
  );
}
