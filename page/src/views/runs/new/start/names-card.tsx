import { useEffect, useState } from "preact/hooks";
import { Checkbox, TextInput } from "../../../../parts/controls/field.tsx";
import { Note } from "../../../../parts/notes/note.tsx";
import { client } from "../../../../server/client.ts";
import { describeError } from "../../../../server/describe-error.ts";
import { useServer } from "../../../../server/queries.ts";
import { Card } from "../../card.tsx";
import { runsText } from "../../messages.ts";
import { useWishes } from "../../run-queries.ts";
import type { useSaving } from "../use-saving.ts";
import styles from "./names-card.module.css";

const parts = "{sku} {shot} {n} {version} {handle} {asin} {barcode}";

/** The pattern of file names, and what it makes of the first products. */
export function NamesCard({ id, save }: { readonly id: string; readonly save: ReturnType<typeof useSaving>["save"] }) {
  const { data: wishes } = useWishes(id).value;
  const saved = wishes?.naming ?? "";
  const [pattern, setPattern] = useState(saved);
  useEffect(() => setPattern(saved), [saved]);
  const { data, error } = useServer({
    key: ["run-preview", id, "names"],
    keepPrevious: true,
    get: (signal) => client.value.runs.preview(id, { n: 4 }, { signal }),
  }).value;
  const commit = () => {
    if (pattern.trim() === "") setPattern(saved);
    else if (pattern !== saved) void save({ naming: pattern.trim() });
  };
  const names = data?.data.flatMap(({ files }) => files).slice(0, 6) ?? [];
  return (
    <Card title={runsText("names")}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: Enter and leaving of the field inside take its value */}
      <div
        class={styles.pattern}
        onFocusOut={commit}
        onKeyDown={(event) => {
          if (event.key === "Enter") commit();
        }}
      >
        <TextInput aria-label={runsText("names")} value={pattern} onInput={setPattern} maxLength={200} />
      </div>
      <p class={styles.hint}>{parts}</p>
      <Checkbox checked={wishes?.ascii_names ?? false} onChange={(ascii_names) => void save({ ascii_names })}>
        {runsText("namesAscii")}
      </Checkbox>
      {error && <Note kind="danger">{describeError(error)}</Note>}
      <ul class={styles.names}>
        {names.map((name) => (
          <li key={name}>{name}</li>
        ))}
      </ul>
    </Card>
  );
}
