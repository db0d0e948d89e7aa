import type { Model } from "../../../../../sdk/src/index.ts";
import { Select, TextInput } from "../../../parts/controls/field.tsx";
import { Group } from "../../../parts/controls/group.tsx";
import { changeDraft, draft, type Size } from "../draft.ts";
import { createText } from "../messages.ts";
import { type SizeFault, shapes, shopSizesOf, shownSize, sizeFault, sizeOfShape, sizeText } from "../sizes.ts";
import styles from "./settings.module.css";

/** Shapes as drawings, the sides as numbers, and sizes that shops ask for. */
export function SizeField({ model, error }: { readonly model: Model; readonly error: string | undefined }) {
  const size = shownSize(draft.value, model);
  const fault = draft.value.size === null ? null : sizeFault(size, model.limits);
  const choose = (chosen: Size) => {
    const isDefault = chosen.width === model.defaults.width && chosen.height === model.defaults.height;
    changeDraft({ size: isDefault && draft.peek().input === null ? null : chosen });
  };
  const side = (name: "width" | "height") => (
    <TextInput
      type="number"
      inputMode="numeric"
      aria-label={createText(name)}
      aria-invalid={fault !== null}
      min={model.limits.min_side}
      max={model.limits.max_side}
      step={model.limits.multiple_of}
      value={Number.isNaN(size[name]) ? "" : String(size[name])}
      onInput={(text) => choose({ ...size, [name]: text === "" ? Number.NaN : Math.round(Number(text)) })}
    />
  );
  const shops = shopSizesOf(model);
  const message = error ?? (fault === null ? undefined : faultText(fault));
  return (
    <Group label={createText("setSize")} error={message} setting="size">
      <div class={styles.shapes}>
        {shapes.map((shape) => (
          <ShapeButton key={shape} shape={shape} size={sizeOfShape(shape, model)} chosen={size} onChoose={choose} />
        ))}
      </div>
      <div class={styles.line}>
        {side("width")}
        <span aria-hidden="true">×</span>
        {side("height")}
      </div>
      {shops.length > 0 && (
        <Select
          aria-label={createText("setMarket")}
          value={shops.some((each) => sizeText(each) === sizeText(size)) ? sizeText(size) : ""}
          onChange={(text) => {
            const chosen = shops.find((each) => sizeText(each) === text);
            if (chosen) choose({ width: chosen.width, height: chosen.height });
          }}
          options={[
            { value: "", label: createText("setMarket") },
            ...shops.map((each) => ({ value: sizeText(each), label: `${each.shop} ${sizeText(each)}` })),
          ]}
        />
      )}
    </Group>
  );
}

function faultText(fault: SizeFault): string {
  if (fault.code === "pixels") return createText("sizePixels", fault);
  // Sides stand as they are typed, without a comma in them.
  const sides = Object.fromEntries(Object.entries(fault).map(([name, value]) => [name, String(value)]));
  if (fault.code === "multiple") return createText("sizeMultiple", sides);
  return createText(fault.code === "side" ? "sizeSide" : "sizeRatio", sides);
}

function ShapeButton({
  shape,
  size,
  chosen,
  onChoose,
}: {
  readonly shape: string;
  readonly size: Size;
  readonly chosen: Size;
  readonly onChoose: (size: Size) => void;
}) {
  const scale = 22 / Math.max(size.width, size.height);
  return (
    <button
      type="button"
      class={styles.shape}
      aria-pressed={sizeText(size) === sizeText(chosen)}
      title={sizeText(size)}
      onClick={() => onChoose(size)}
    >
      <span class={styles.outline} style={{ width: `${size.width * scale}px`, height: `${size.height * scale}px` }} />
      {shape}
    </button>
  );
}
