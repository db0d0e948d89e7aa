import { X } from "lucide";
import type { Adapter, Model } from "../../../../../sdk/src/index.ts";
import { Button } from "../../../parts/controls/button.tsx";
import { Select } from "../../../parts/controls/field.tsx";
import { Group } from "../../../parts/controls/group.tsx";
import { Range } from "../../../parts/controls/range.tsx";
import { formatNumber } from "../../../text/texts.ts";
import { changeDraft, draft, type InputImage } from "../draft.ts";
import { createText } from "../messages.ts";
import { useAdapters } from "../models.ts";
import { ControlImage } from "./control-image.tsx";
import styles from "./settings.module.css";

/** The LoRAs and ControlNets that the server has, those in use with their weights. */
export function Adapters({ model }: { readonly model: Model }) {
  const { data } = useAdapters().value;
  return (
    <>
      {model.accepts.loras && <Loras all={data?.loras ?? []} most={model.limits.max_loras} />}
      {model.accepts.controlnet && <ControlNets all={data?.controlnets ?? []} />}
    </>
  );
}

function Loras({ all, most }: { readonly all: readonly Adapter[]; readonly most: number }) {
  const { loras } = draft.value;
  const left = all.filter(({ id }) => !loras.some((used) => used.id === id));
  const change = (id: string, scale: number | null) =>
    changeDraft({
      loras: loras.flatMap((used) => (used.id !== id ? [used] : scale === null ? [] : [{ id, scale }])),
    });
  return (
    <Group label={createText("setLoras")} hint={all.length === 0 ? createText("setLorasNone") : undefined}>
      {loras.map(({ id, scale }) => (
        <div key={id} class={styles.adapter}>
          <span>
            {nameOf(
              all.find((each) => each.id === id),
              id,
            )}{" "}
            · {formatNumber(scale, 2)}
          </span>
          <Button
            kind="quiet"
            icon={X}
            label={createText("setRemoveLora", { name: id })}
            onClick={() => change(id, null)}
          />
          <Range
            aria-label={createText("setWeightOf", { name: id })}
            min={-1}
            max={2}
            step={0.05}
            value={scale}
            onInput={(value) => change(id, value)}
          />
          <TriggerWords adapter={all.find((each) => each.id === id)} />
        </div>
      ))}
      {left.length > 0 && loras.length < most && (
        <Select
          aria-label={createText("setAddLora")}
          value=""
          onChange={(id) => id !== "" && changeDraft({ loras: [...loras, { id, scale: 1 }] })}
          options={[
            { value: "", label: createText("setAddLora") },
            ...left.map((each) => ({ value: each.id, label: nameOf(each, each.id) })),
          ]}
        />
      )}
    </Group>
  );
}

function TriggerWords({ adapter }: { readonly adapter: Adapter | undefined }) {
  if (!adapter || adapter.trigger_words.length === 0) return null;
  return (
    <p class={styles.words}>{createText("setTriggers", { words: adapter.trigger_words.slice(0, 8).join(", ") })}</p>
  );
}

function ControlNets({ all }: { readonly all: readonly Adapter[] }) {
  const { controlnet } = draft.value;
  if (all.length === 0) {
    return <Group label={createText("setControl")} hint={createText("setControlNone")} />;
  }
  const choose = (id: string) =>
    changeDraft({ controlnet: id === "" ? null : { id, scale: 0.75, image: controlnet?.image ?? null } });
  return (
    <Group
      label={createText("setControl")}
      hint={controlnet !== null && controlnet.image === null ? createText("setControlNeeds") : undefined}
    >
      <Select
        aria-label={createText("setControl")}
        value={controlnet?.id ?? ""}
        onChange={choose}
        options={[
          { value: "", label: createText("setControlOff") },
          ...all.map((each) => ({ value: each.id, label: nameOf(each, each.id) })),
        ]}
      />
      {controlnet !== null && (
        <>
          <ControlImage
            image={controlnet.image}
            onChange={(image: InputImage | null) => changeDraft({ controlnet: { ...controlnet, image } })}
          />
          <Range
            aria-label={createText("setWeightOf", { name: controlnet.id })}
            min={0}
            max={2}
            step={0.05}
            value={controlnet.scale}
            onInput={(scale) => changeDraft({ controlnet: { ...controlnet, scale } })}
          />
        </>
      )}
    </Group>
  );
}

const nameOf = (adapter: Adapter | undefined, id: string): string => adapter?.name ?? id;
