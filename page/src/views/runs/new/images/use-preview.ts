import { useEffect, useState } from "preact/hooks";
import type { ResponseOf } from "../../../../../../sdk/src/http/transport.ts";
import { client } from "../../../../server/client.ts";
import { useServer } from "../../../../server/queries.ts";
import type { Shot } from "../file/create-run.ts";

/** After the last key. */
const quietMs = 300;
const products = 4;

export type PreviewedPrompt = ResponseOf<"previewRun">["data"][number];

/**
 * Prompts of the first products, asked for again after each change.
 * @param shots - absent while they are not whole: the last prompts stay
 */
export function usePreview(id: string, shots: readonly Shot[] | undefined, enabled: boolean) {
  const [asked, setAsked] = useState(shots);
  const text = JSON.stringify(shots);
  useEffect(() => {
    if (shots === undefined) return;
    const timer = setTimeout(() => setAsked(shots), asked === undefined ? 0 : quietMs);
    return () => clearTimeout(timer);
  }, [text]);
  const { data, error, isFetching } = useServer({
    key: ["run-preview", id, asked],
    enabled: enabled && asked !== undefined,
    keepPrevious: true,
    get: (signal) => client.value.runs.preview(id, { shots: [...(asked ?? [])], n: products }, { signal }),
  }).value;
  const rows = data?.data ?? [];
  return {
    rows,
    error,
    isFetching,
    /** Micro-units of all products, as those that are shown cost; `undefined` while none is. */
    priceOfAll: (count: number) => {
      const shown = new Set(rows.map(({ line }) => line)).size;
      return shown === 0 ? undefined : (rows.reduce((sum, { price }) => sum + price, 0) / shown) * count;
    },
  };
}
