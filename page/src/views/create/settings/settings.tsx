import { useEffect, useRef } from "preact/hooks";
import type { Model } from "../../../../../sdk/src/index.ts";
import { Field, Select, TextArea, TextInput } from "../../../parts/controls/field.tsx";
import { Group } from "../../../parts/controls/group.tsx";
import { Range } from "../../../parts/controls/range.tsx";
import { Seg } from "../../../parts/controls/seg.tsx";
import { formatNumber } from "../../../text/texts.ts";
import { changeDraft, type Draft, draft } from "../draft.ts";
import { refusal } from "../feed/submit-drawing.ts";
import { createText } from "../messages.ts";
import { wantedSetting } from "../panel-state.ts";
import { sizeText } from "../sizes.ts";
import { Adapters } from "./adapters.tsx";
import { SeedField } from "./seed-field.tsx";
import styles from "./settings.module.css";
import { SizeField } from "./size-field.tsx";

/** Everything but the prompt, as far as the model has it. Errors of the last request stand at their field. */
export function Settings({ model, models }: { readonly model: Model; readonly models: readonly Model[] }) {
  const { value } = draft;
  const errors = refusal.value?.fields ?? {};
  const list = useRef<HTMLDivElement>(null);
  const { value: wanted } = wantedSetting;
  useEffect(() => {
    if (wanted === null) return;
    const part = list.current?.querySelector(`[data-setting="${wanted}"]`);
    part?.scrollIntoView({ block: "nearest" });
    part?.querySelector<HTMLElement>("input, button")?.focus();
    wantedSetting.value = null;
  }, [wanted]);
  const guidance = value.guidance ?? model.defaults.guidance;
  return (
    <div ref={list} class={styles.settings}>
      <ModelField model={model} models={models} error={errors.model} />
      <SizeField model={model} error={errors.size ?? errors.width ?? errors.height} />
      <SeedField error={errors.seed} />
      <Steps model={model} error={errors.steps} />
      {model.accepts.guidance && (
        <Field
          label={createText("setGuidance")}
          aside={<span>{formatNumber(guidance, 1)}</span>}
          error={errors.guidance}
        >
          {(control) => (
            <Range
              {...control}
              min={0}
              max={10}
              step={0.5}
              value={guidance}
              onInput={(chosen) => changeDraft({ guidance: chosen })}
            />
          )}
        </Field>
      )}
      {model.accepts.negative_prompt && (
        <Field label={createText("setNegative")} hint={createText("setNegativeHint")} error={errors.negative_prompt}>
          {(control) => (
            <TextArea
              {...control}
              rows={2}
              value={value.negativePrompt}
              onInput={(negativePrompt) => changeDraft({ negativePrompt })}
            />
          )}
        </Field>
      )}
      <OutputFields value={value} />
      {(model.accepts.loras || model.accepts.controlnet) && <Adapters model={model} />}
      <Lane value={value} />
      {model.capabilities.includes("upscale") && <Upscale value={value} />}
    </div>
  );
}

function ModelField({
  model,
  models,
  error,
}: {
  readonly model: Model;
  readonly models: readonly Model[];
  readonly error: string | undefined;
}) {
  const hint = createText(model.vocabulary ? "setKnows" : "setMadeFor", {
    n: model.vocabulary?.things ?? 0,
    size: sizeText(model.defaults),
    steps: model.defaults.steps,
  });
  return (
    <Field label={createText("setModel")} hint={hint} error={error}>
      {(control) => (
        <Select
          {...control}
          value={model.id}
          onChange={(id) =>
            changeDraft({ model: id, size: null, steps: null, guidance: null, loras: [], controlnet: null })
          }
          options={models.map(({ id }) => ({ value: id, label: id }))}
        />
      )}
    </Field>
  );
}

function Steps({ model, error }: { readonly model: Model; readonly error: string | undefined }) {
  const { defaults, limits, family } = model;
  const steps = draft.value.steps ?? defaults.steps;
  // Distilled models gain nothing from many steps, so that the slider stays fine where it matters.
  const most = Math.min(limits.max_steps, family === "turbo" ? Math.max(20, steps) : limits.max_steps);
  return (
    <Field
      label={createText("setSteps")}
      aside={<span>{steps}</span>}
      hint={createText("setStepsHint", { steps: defaults.steps })}
      error={error}
    >
      {(control) => (
        <Range {...control} min={1} max={most} value={steps} onInput={(chosen) => changeDraft({ steps: chosen })} />
      )}
    </Field>
  );
}

const formats = [
  { value: "png", label: "PNG" },
  { value: "jpeg", label: "JPEG" },
  { value: "webp", label: "WebP" },
  { value: "avif", label: "AVIF" },
] as const;

function OutputFields({ value }: { readonly value: Draft }) {
  return (
    <>
      <Group label={createText("setFormat")}>
        <Seg
          label={createText("setFormat")}
          value={value.format}
          options={formats}
          onChange={(format) => changeDraft({ format })}
        />
      </Group>
      {value.format !== "png" && (
        <Field label={createText("setQuality")} hint={createText("setQualityHint")}>
          {(control) => (
            <TextInput
              {...control}
              type="number"
              min={1}
              max={100}
              value={value.quality === null ? "" : String(value.quality)}
              onInput={(text) =>
                changeDraft({ quality: text === "" ? null : Math.min(100, Math.max(1, Number(text))) })
              }
            />
          )}
        </Field>
      )}
    </>
  );
}

function Lane({ value }: { readonly value: Draft }) {
  return (
    <Group label={createText("setWhen")}>
      <Seg
        label={createText("setWhen")}
        value={value.lane}
        options={[
          { value: "interactive", label: createText("setWhenNow") },
          { value: "batch", label: createText("setWhenLater") },
        ]}
        onChange={(lane) => changeDraft({ lane })}
      />
    </Group>
  );
}

function Upscale({ value }: { readonly value: Draft }) {
  return (
    <Group label={createText("setUpscale")}>
      <Seg
        label={createText("setUpscale")}
        value={value.upscale}
        options={[
          { value: "none", label: createText("setUpNone") },
          { value: "lanczos", label: createText("setUpTwice") },
          { value: "refine", label: createText("setUpRefine") },
        ]}
        onChange={(upscale) => changeDraft({ upscale })}
      />
    </Group>
  );
}
