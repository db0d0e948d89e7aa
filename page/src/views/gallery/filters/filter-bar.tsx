import { Search, X } from "lucide";
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Button } from "../../../parts/controls/button.tsx";
import { Chip } from "../../../parts/controls/chip.tsx";
import { Field, Select, TextInput } from "../../../parts/controls/field.tsx";
import { Icon } from "../../../parts/icon.tsx";
import { ChipPanel } from "../../../parts/layers/chip-panel.tsx";
import { client } from "../../../server/client.ts";
import { useServer } from "../../../server/queries.ts";
import { apiKey } from "../../../server/session.ts";
import { galleryText } from "../messages.ts";
import styles from "./filter-bar.module.css";
import { type GalleryFilter, isFiltered, noFilter } from "./gallery-filter.ts";

const typingMs = 300;

interface FilterProps {
  readonly filter: GalleryFilter;
  /** Shows another filter; `replace` keeps what was typed meanwhile out of the history. */
  readonly onChange: (filter: GalleryFilter, replace?: boolean) => void;
}

/** What of the gallery is shown: a search, and a chip for each filter. */
export function FilterBar(props: FilterProps) {
  const { filter, onChange } = props;
  return (
    <div class={styles.bar}>
      <SearchField {...props} />
      <div class={styles.chips}>
        <ModelFilter {...props} />
        <DayFilter {...props} />
        <TextFilter {...props} name="sku" />
        <RunFilter {...props} />
        {filter.labels.map((label) => (
          <Chip
            key={label.name}
            set
            label={galleryText("removeLabel", { label: `${label.name}: ${label.value}` })}
            onClick={() => onChange({ ...filter, labels: filter.labels.filter((each) => each !== label) })}
          >
            <span class={styles.label}>
              {label.name}: {label.value}
            </span>
            <Icon of={X} size={14} />
          </Chip>
        ))}
        <LabelFilter {...props} />
        {isFiltered(filter) && (
          <Button kind="quiet" onClick={() => onChange(noFilter)}>
            {galleryText("clearF")}
          </Button>
        )}
      </div>
    </div>
  );
}

function SearchField({ filter, onChange }: FilterProps) {
  const [text, setText] = useState(filter.q);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const sent = useRef(filter.q);
  // The address may have changed by another way: back, or the filters were cleared.
  useEffect(() => {
    if (filter.q !== sent.current) setText(filter.q);
    sent.current = filter.q;
  }, [filter.q]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const onInput = (value: string) => {
    setText(value);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      sent.current = value;
      onChange({ ...filter, q: value }, true);
    }, typingMs);
  };
  return (
    <div class={styles.search} id="gallery-search">
      <Icon of={Search} />
      <TextInput
        type="search"
        value={text}
        onInput={onInput}
        maxLength={200}
        placeholder={galleryText("searchPh")}
        aria-label={galleryText("searchPh")}
      />
    </div>
  );
}

/** @param value - what is filtered by, where it is */
function named(name: string, value: string): string {
  return value === "" ? name : `${name}: ${value}`;
}

function ModelFilter({ filter, onChange }: FilterProps) {
  const models = useServer({ key: ["models", apiKey.value], get: (signal) => client.value.models({ signal }) });
  const options = (models.value.data ?? []).map(({ id }) => ({ value: id, label: id }));
  const isGone = filter.model !== "" && !options.some(({ value }) => value === filter.model);
  const text = galleryText("model");
  return (
    <ChipPanel text={named(text, filter.model)} label={text} set={filter.model !== ""}>
      {(close) => (
        <Field label={text}>
          {(control) => (
            <Select
              {...control}
              value={filter.model}
              options={[
                { value: "", label: galleryText("all") },
                ...options,
                ...(isGone ? [{ value: filter.model, label: filter.model }] : []),
              ]}
              onChange={(model) => {
                onChange({ ...filter, model });
                close();
              }}
            />
          )}
        </Field>
      )}
    </ChipPanel>
  );
}

function RunFilter({ filter, onChange }: FilterProps) {
  const text = galleryText("run");
  return (
    <ChipPanel text={named(text, filter.run)} label={text} set={filter.run !== ""}>
      {(close) => <RunSelect filter={filter} onChange={onChange} close={close} />}
    </ChipPanel>
  );
}

/** Asks for the runs when it is opened, and not before. */
function RunSelect({ filter, onChange, close }: FilterProps & { readonly close: () => void }) {
  const runs = useServer({ key: ["runs", apiKey.value], get: (signal) => client.value.runs.list({}, { signal }) });
  const options = (runs.value.data?.data ?? []).map(({ id, run_key }) => ({ value: id, label: run_key }));
  const isOther = filter.run !== "" && !options.some(({ value }) => value === filter.run);
  return (
    <Field label={galleryText("run")}>
      {(control) => (
        <Select
          {...control}
          value={filter.run}
          options={[
            { value: "", label: galleryText("all") },
            ...options,
            ...(isOther ? [{ value: filter.run, label: filter.run }] : []),
          ]}
          onChange={(run) => {
            onChange({ ...filter, run });
            close();
          }}
        />
      )}
    </Field>
  );
}

function DayFilter({ filter, onChange }: FilterProps) {
  const { from, to } = filter;
  const value = from === to ? from : [from, to].filter(Boolean).join(" – ");
  const text = galleryText("day");
  return (
    <ChipPanel text={named(text, value)} label={text} set={value !== ""}>
      {(close) => (
        <FilterForm
          onSubmit={(form) => {
            const [first, last] = [String(form.get("from") ?? ""), String(form.get("to") ?? "")];
            const isTurned = first !== "" && last !== "" && first > last;
            onChange({ ...filter, from: isTurned ? last : first, to: isTurned ? first : last });
            close();
          }}
        >
          <FormField label={galleryText("dayFrom")} name="from" type="date" value={from} />
          <FormField label={galleryText("dayTo")} name="to" type="date" value={to} hint={galleryText("daysUtc")} />
        </FilterForm>
      )}
    </ChipPanel>
  );
}

function TextFilter({ filter, onChange, name }: FilterProps & { readonly name: "sku" }) {
  const text = galleryText(name);
  return (
    <ChipPanel text={named(text, filter[name])} label={text} set={filter[name] !== ""}>
      {(close) => (
        <FilterForm
          onSubmit={(form) => {
            onChange({ ...filter, [name]: String(form.get(name) ?? "").trim() });
            close();
          }}
        >
          <FormField label={text} name={name} value={filter[name]} hint={galleryText("exact")} />
        </FilterForm>
      )}
    </ChipPanel>
  );
}

function LabelFilter({ filter, onChange }: FilterProps) {
  const text = galleryText("label");
  return (
    <ChipPanel text={text} label={text}>
      {(close) => (
        <FilterForm
          onSubmit={(form) => {
            const [name, value] = [String(form.get("name") ?? "").trim(), String(form.get("value") ?? "").trim()];
            close();
            if (name === "") return;
            const others = filter.labels.filter((each) => each.name !== name);
            onChange({ ...filter, labels: [...others, { name, value }] });
          }}
        >
          <FormField label={galleryText("labelName")} name="name" value="" />
          <FormField label={galleryText("labelValue")} name="value" value="" hint={galleryText("exact")} />
        </FilterForm>
      )}
    </ChipPanel>
  );
}

/** Applied by Enter or its button. */
function FilterForm({
  onSubmit,
  children,
}: {
  readonly onSubmit: (form: FormData) => void;
  readonly children: ComponentChildren;
}) {
  return (
    <form
      class={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit(new FormData(event.currentTarget));
      }}
    >
      {children}
      <Button kind="ink" type="submit">
        {galleryText("apply")}
      </Button>
    </form>
  );
}

function FormField({
  label,
  name,
  value,
  type = "text",
  hint,
}: {
  readonly label: string;
  readonly name: string;
  readonly value: string;
  readonly type?: "text" | "date";
  readonly hint?: string;
}) {
  const [text, setText] = useState(value);
  return (
    <Field label={label} hint={hint}>
      {(control) => (
        <TextInput
          {...control}
          name={name}
          type={type}
          value={text}
          onInput={setText}
          maxLength={200}
          autoComplete="off"
        />
      )}
    </Field>
  );
}
