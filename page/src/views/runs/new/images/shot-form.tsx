import { Trash2 } from "lucide";
import type { RunReport } from "../../../../../../sdk/src/index.ts";
import { Button } from "../../../../parts/controls/button.tsx";
import { Chip } from "../../../../parts/controls/chip.tsx";
import { Field, Select, TextArea, TextInput } from "../../../../parts/controls/field.tsx";
import { Range } from "../../../../parts/controls/range.tsx";
import { Seg } from "../../../../parts/controls/seg.tsx";
import { Note } from "../../../../parts/notes/note.tsx";
import { Card } from "../../card.tsx";
import { runsText } from "../../messages.ts";
import type { Shot } from "../file/create-run.ts";
import styles from "./shot-form.module.css";
import { drawsByWords, methodTitle, type shotErrors, withMethod } from "./shot-names.ts";

const methods = ["keep_product", "draw", "restyle", "crop"] as const;
/** Sizes that shops ask for; the model's own is the default. */
const sizes = ["512x512", "800x800", "1024x1024", "1200x1200", "1536x1536", "1600x1600", "2048x2048", "1080x1440"];
/** Names offered under a prompt; the others are counted. */
const offeredNames = 6;

/** One image of each product: its name, size, method and prompt. */
export function ShotForm({
  shot,
  errors,
  report,
  onChange,
  onRemove,
}: {
  readonly shot: Shot;
  readonly errors: ReturnType<typeof shotErrors>;
  readonly report: RunReport;
  readonly onChange: (shot: Shot) => void;
  readonly onRemove: (() => void) | undefined;
}) {
  const known = shot.size === undefined || sizes.includes(shot.size) ? sizes : [shot.size, ...sizes];
  return (
    <Card>
      <div class={styles.pair}>
        <Field label={runsText("shotName")} hint={runsText("shotNameHint")} error={errors.id}>
          {(control) => (
            <TextInput {...control} value={shot.id} maxLength={16} onInput={(id) => onChange({ ...shot, id })} />
          )}
        </Field>
        <Field label={runsText("size")}>
          {(control) => (
            <Select
              {...control}
              value={shot.size ?? ""}
              onChange={(size) => onChange({ ...shot, size: size === "" ? undefined : size })}
              options={[
                { value: "", label: runsText("sizeModel") },
                ...known.map((size) => ({ value: size, label: size.replace("x", " × ") })),
              ]}
            />
          )}
        </Field>
      </div>
      <Method shot={shot} report={report} onChange={onChange} />
      {drawsByWords(shot) ? (
        <Prompt shot={shot} error={errors.prompt} report={report} onChange={onChange} />
      ) : (
        <p class={styles.hint}>{runsText("nothingDrawn")}</p>
      )}
      {onRemove && (
        <div>
          <Button kind="quiet" icon={Trash2} onClick={onRemove}>
            {runsText("removeShot")}
          </Button>
        </div>
      )}
    </Card>
  );
}

const hints = { keep_product: "keepHint", draw: "drawHint", restyle: "restyleHint", crop: "cropHint" } as const;
const warnings = { draw: "drawWarn", restyle: "restyleWarn" } as const;

function Method({
  shot,
  report,
  onChange,
}: {
  readonly shot: Shot;
  readonly report: RunReport;
  readonly onChange: (shot: Shot) => void;
}) {
  const { method, product } = shot;
  const hasPhotos = report.mapping.some(({ field, column }) => field === "image" && column !== null);
  return (
    <div class={styles.method}>
      {/* biome-ignore lint/a11y/useSemanticElements: chips that are pressed, in a group with a name */}
      <div class={styles.chips} role="group" aria-label={runsText("method")}>
        {methods.map((each) => (
          <Chip key={each} pressed={each === method} onClick={() => onChange(withMethod(shot, each))}>
            {methodTitle(each)}
          </Chip>
        ))}
      </div>
      <p class={styles.hint}>{runsText(hints[method])}</p>
      {method in warnings && <Note kind="warn">{runsText(warnings[method as keyof typeof warnings])}</Note>}
      {method !== "draw" && !hasPhotos && <Note kind="danger">{runsText("noPhotos")}</Note>}
      {method === "keep_product" && (
        <Seg
          label={runsText("around")}
          value={product?.background === "white" ? "white" : "scene"}
          onChange={(chosen) => {
            const { background: _, ...rest } = product ?? {};
            onChange({ ...shot, product: chosen === "white" ? { ...rest, background: "white" } : rest });
          }}
          options={[
            { value: "scene", label: runsText("aroundScene") },
            { value: "white", label: runsText("aroundWhite") },
          ]}
        />
      )}
      {method === "restyle" && (
        <Field label={runsText("strength")} aside={<span>{shot.strength ?? 0.6}</span>}>
          {(control) => (
            <Range
              {...control}
              value={shot.strength ?? 0.6}
              min={0.1}
              max={1}
              step={0.05}
              onInput={(strength) => onChange({ ...shot, strength })}
            />
          )}
        </Field>
      )}
    </div>
  );
}

function Prompt({
  shot,
  error,
  report: { names },
  onChange,
}: {
  readonly shot: Shot;
  readonly error: string | undefined;
  readonly report: RunReport;
  readonly onChange: (shot: Shot) => void;
}) {
  const prompt = shot.prompt ?? "";
  const insert = (id: string, name: string) => {
    const area = document.getElementById(id) as HTMLTextAreaElement | null;
    const at = area?.selectionStart ?? prompt.length;
    onChange({ ...shot, prompt: `${prompt.slice(0, at)}{{${name}}}${prompt.slice(area?.selectionEnd ?? at)}` });
    area?.focus();
  };
  // Fields have the shortest names: they come first.
  const offered = [...new Set(names.map(({ name }) => name))];
  return (
    <Field label={runsText("prompt")} error={error}>
      {(control) => (
        <>
          <div class={styles.template}>
            <TextArea
              {...control}
              rows={4}
              value={prompt}
              maxLength={4_000}
              onInput={(text) => onChange({ ...shot, prompt: text })}
            />
          </div>
          <div class={styles.names}>
            <span>{runsText("insert")}</span>
            {offered.slice(0, offeredNames).map((name) => (
              <button key={name} type="button" class={styles.name} onClick={() => insert(control.id, name)}>
                {`{{${name}}}`}
              </button>
            ))}
            {offered.length > offeredNames && (
              <span>{runsText("insertMore", { n: offered.length - offeredNames })}</span>
            )}
          </div>
        </>
      )}
    </Field>
  );
}
