import { useState } from "preact/hooks";
import type { RunReport } from "../../../../../../sdk/src/index.ts";
import { Button } from "../../../../parts/controls/button.tsx";
import { Select } from "../../../../parts/controls/field.tsx";
import { Tag } from "../../../../parts/notes/tag.tsx";
import { runsText } from "../../messages.ts";
import type { Changes } from "../use-saving.ts";
import styles from "./mapping-table.module.css";

type FieldOfReport = RunReport["mapping"][number];

/** Fields that are shown though no column was found for them. */
const usual = new Set(["sku", "title", "image", "color", "category"]);
const needed = new Set(["sku"]);

/** Each field with its column, three cells of it, and how certain the choice is. */
export function MappingTable({
  report: { mapping, file },
  busy,
  onChoose,
}: {
  readonly report: RunReport;
  readonly busy: boolean;
  readonly onChoose: (mapping: NonNullable<Changes["mapping"]>) => void;
}) {
  const [all, setAll] = useState(false);
  const order = [...usual];
  const fields = mapping
    .filter(({ field, column }) => all || usual.has(field) || column !== null)
    .toSorted((a, b) => placeOf(order, a.field) - placeOf(order, b.field));
  return (
    <div class={styles.table} aria-busy={busy}>
      <div class={styles.head} aria-hidden="true">
        <span>{runsText("colField")}</span>
        <span>{runsText("colColumn")}</span>
        <span>{runsText("colCells")}</span>
      </div>
      <ul>
        {fields.map((field) => (
          <FieldRow key={field.field} of={field} columns={file.columns} onChoose={onChoose} />
        ))}
      </ul>
      {fields.length < mapping.length && (
        <div class={styles.more}>
          <Button kind="quiet" onClick={() => setAll(true)}>
            {runsText("moreFields")}
          </Button>
        </div>
      )}
    </div>
  );
}

function placeOf(order: readonly string[], field: string): number {
  const at = order.indexOf(field);
  return at < 0 ? order.length : at;
}

const unused = "\0";

function FieldRow({
  of: { field, column, samples, chosen_by },
  columns,
  onChoose,
}: {
  readonly of: FieldOfReport;
  readonly columns: readonly string[];
  readonly onChoose: (mapping: NonNullable<Changes["mapping"]>) => void;
}) {
  const name = fieldName(field);
  const isNeeded = needed.has(field);
  const options = columns.map((each) => ({ value: each, label: each }));
  return (
    <li class={styles.row}>
      <span class={styles.field}>
        {name}
        {isNeeded && <span aria-hidden="true"> *</span>}
      </span>
      <div class={styles.select}>
        <Select
          aria-label={name}
          value={column ?? unused}
          onChange={(chosen) => onChoose({ [field]: chosen === unused ? null : chosen })}
          options={isNeeded && column !== null ? options : [{ value: unused, label: runsText("notUsed") }, ...options]}
        />
      </div>
      <span class={styles.cells}>
        {samples.map((sample) => (
          <span key={sample} class={styles.cell} title={sample}>
            {sample}
          </span>
        ))}
      </span>
      <span class={styles.state}>
        <Certainty column={column} chosenBy={chosen_by} isNeeded={isNeeded} />
      </span>
    </li>
  );
}

function Certainty({
  column,
  chosenBy,
  isNeeded,
}: {
  readonly column: string | null;
  readonly chosenBy: string | null;
  readonly isNeeded: boolean;
}) {
  if (column === null) return isNeeded ? <Tag kind="danger">{runsText("needed")}</Tag> : null;
  if (chosenBy === "names_and_values") return <Tag kind="warn">{runsText("guess")}</Tag>;
  return <Tag kind="ok">{runsText("sure")}</Tag>;
}

const names = {
  sku: "fsku",
  title: "ftitle",
  image: "fimage",
  color: "fcolor",
  category: "fcategory",
  description: "fdescription",
  brand: "fbrand",
  price: "fprice",
  barcode: "fbarcode",
  material: "fmaterial",
  size: "fsize",
  mask: "fmask",
} as const;

function fieldName(field: string): string {
  return Object.hasOwn(names, field) ? runsText(names[field as keyof typeof names]) : field;
}
