import type { ComponentChildren, InputHTMLAttributes } from "preact";
import { useId } from "preact/hooks";
import styles from "./field.module.css";

interface Control {
  readonly id: string;
  readonly "aria-describedby": string | undefined;
  readonly "aria-invalid": boolean;
}

/** A label, a control, its hint and its error. `children` gets what ties the control to them. */
export function Field({
  label,
  hint,
  error,
  aside,
  children,
}: {
  readonly label: string;
  readonly hint?: ComponentChildren;
  readonly error?: string | undefined;
  /** Beside the label: a value, or an action. */
  readonly aside?: ComponentChildren;
  readonly children: (control: Control) => ComponentChildren;
}) {
  const id = useId();
  const described = [hint !== undefined && `${id}-hint`, error !== undefined && `${id}-error`].filter(Boolean);
  return (
    <div class={styles.field}>
      <div class={styles.head}>
        <label for={id}>{label}</label>
        {aside}
      </div>
      {children({
        id,
        "aria-describedby": described.length > 0 ? described.join(" ") : undefined,
        "aria-invalid": error !== undefined,
      })}
      {error !== undefined && (
        <p id={`${id}-error`} class={styles.error} role="alert">
          {error}
        </p>
      )}
      {hint !== undefined && (
        <p id={`${id}-hint`} class={styles.hint}>
          {hint}
        </p>
      )}
    </div>
  );
}

/** A text or number field. */
export function TextInput({
  value,
  onInput,
  ...rest
}: Partial<Control> & {
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly name?: string;
  readonly type?: "text" | "number" | "password" | "search" | "url" | "date";
  readonly placeholder?: string;
  readonly inputMode?: "numeric" | "decimal";
  readonly min?: number;
  readonly max?: number;
  readonly step?: number;
  readonly maxLength?: number;
  readonly autoComplete?: string;
  readonly "aria-label"?: string;
}) {
  const attributes = { type: "text", ...rest } as InputHTMLAttributes;
  return (
    <input
      class={styles.input}
      spellcheck={false}
      {...attributes}
      value={value}
      onInput={(event) => onInput(event.currentTarget.value)}
    />
  );
}

export function TextArea({
  value,
  onInput,
  rows = 3,
  ...rest
}: Partial<Control> & {
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly rows?: number;
  readonly placeholder?: string;
  readonly maxLength?: number;
  readonly "aria-label"?: string;
}) {
  return (
    <textarea
      class={styles.input}
      rows={rows}
      {...rest}
      value={value}
      onInput={(event) => onInput(event.currentTarget.value)}
    />
  );
}

export function Select<Value extends string>({
  value,
  onChange,
  options,
  ...rest
}: Partial<Control> & {
  readonly value: Value;
  readonly onChange: (value: Value) => void;
  readonly options: readonly { readonly value: Value; readonly label: string }[];
  readonly "aria-label"?: string;
}) {
  return (
    <select
      class={styles.input}
      {...rest}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value as Value)}
    >
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
  );
}

export function Checkbox({
  checked,
  onChange,
  children,
}: {
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly children: ComponentChildren;
}) {
  return (
    <label class={styles.check}>
      <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
      <span>{children}</span>
    </label>
  );
}
