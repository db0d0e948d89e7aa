import { Dices, Grid2x2, ImagePlus, Lock, Settings2, Square } from "lucide";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Model } from "../../../../../sdk/src/index.ts";
import { useKeys } from "../../../keys/use-keys.ts";
import { Button } from "../../../parts/controls/button.tsx";
import { Chip } from "../../../parts/controls/chip.tsx";
import { Menu } from "../../../parts/layers/menu.tsx";
import { language } from "../../../text/language.ts";
import { changeDraft, draft } from "../draft.ts";
import { InputRow } from "../input/input-row.tsx";
import { takeInput } from "../input/input-state.ts";
import { createText } from "../messages.ts";
import { openPanel, panel } from "../panel-state.ts";
import { shownSize, sizeText } from "../sizes.ts";
import styles from "./composer.module.css";
import { Price } from "./price.tsx";

/** The prompt, what belongs to it, and Draw. */
export function Composer({
  model,
  blocked,
  onDraw,
}: {
  readonly model: Model | undefined;
  /** Why Draw cannot be pressed now. */
  readonly blocked: string | undefined;
  readonly onDraw: () => void;
}) {
  const prompt = useRef<HTMLTextAreaElement>(null);
  const { value } = draft;
  useKeys(
    () => createText("title"),
    [
      { keys: "ctrl+Enter", label: () => createText("draw"), run: onDraw, whileTyping: true },
      { keys: "/", label: () => createText("prompt"), run: () => prompt.current?.focus() },
    ],
  );
  // Grows with its text, up to the height that the style sheet allows.
  useLayoutEffect(() => {
    const area = prompt.current;
    if (area === null) return;
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight}px`;
  }, [value.prompt]);
  useEffect(() => {
    if (matchMedia("(pointer: fine)").matches) prompt.current?.focus({ preventScroll: true });
  }, []);
  return (
    <section class={styles.composer} aria-label={createText("prompt")}>
      <textarea
        ref={prompt}
        id="prompt"
        class={styles.prompt}
        rows={2}
        dir="auto"
        aria-label={createText("prompt")}
        placeholder={placeholderOf(model)}
        maxLength={model?.limits.max_prompt_characters}
        value={value.prompt}
        onInput={(event) => changeDraft({ prompt: event.currentTarget.value })}
      />
      <InputRow model={model} onDraw={onDraw} />
      <div class={styles.foot}>
        <div class={styles.chips}>{model && <Chips model={model} />}</div>
        <div class={styles.action}>
          <Price model={model} />
          <Button kind="ink" blocked={blocked} onClick={onDraw}>
            {createText("draw")}
            <kbd class={styles.key}>{/mac/i.test(navigator.platform) ? "⌘ ↵" : "Ctrl ↵"}</kbd>
          </Button>
        </div>
      </div>
    </section>
  );
}

function placeholderOf(model: Model | undefined): string {
  const example = model?.examples.find(({ en }) => en.includes("background")) ?? model?.examples[0];
  return example === undefined ? createText("prompt") : createText("placeholder", { example: example[language.value] });
}

function Chips({ model }: { readonly model: Model }) {
  const { value } = draft;
  const size = shownSize(value, model);
  const counts = Array.from({ length: Math.min(model.limits.max_images, 10) }, (_, index) => index + 1);
  return (
    <>
      {model.accepts.image && <ImageChip />}
      <Chip icon={Square} set={value.size !== null} onClick={() => openPanel("settings", "size")}>
        {sizeText(size)}
      </Chip>
      <Menu
        label={createText("number")}
        trigger={(attributes) => (
          <Chip icon={Grid2x2} set={value.n > 1} {...attributes}>
            {createText("images", { n: value.n })}
          </Chip>
        )}
        items={counts.map((n) => ({ label: createText("images", { n }), run: () => changeDraft({ n }) }))}
      />
      <Chip
        icon={value.seed === null ? Dices : Lock}
        set={value.seed !== null}
        onClick={() => openPanel("settings", "seed")}
      >
        {value.seed === null ? createText("seedRandom") : createText("seedFixed", { seed: String(value.seed) })}
      </Chip>
      <Chip icon={Settings2} expanded={panel.value !== null} onClick={() => openPanel("settings")}>
        {createText("settings")}
      </Chip>
    </>
  );
}

/** Chooses a file; on a phone the system offers the camera as well. */
function ImageChip() {
  const file = useRef<HTMLInputElement>(null);
  return (
    <>
      <Chip icon={ImagePlus} set={draft.value.input !== null} onClick={() => file.current?.click()}>
        {createText("image")}
      </Chip>
      <input
        ref={file}
        type="file"
        accept="image/*"
        hidden
        aria-label={createText("image")}
        onChange={(event) => {
          const [chosen] = event.currentTarget.files ?? [];
          event.currentTarget.value = "";
          if (chosen) void takeInput(chosen);
        }}
      />
    </>
  );
}
