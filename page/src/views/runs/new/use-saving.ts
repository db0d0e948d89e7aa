import { useState } from "preact/hooks";
import type { Run, RunRequest } from "../../../../../sdk/src/index.ts";
import { client } from "../../../server/client.ts";
import { takeRun } from "../run-queries.ts";

/** What of a run may be changed before it begins. */
export type Changes = Partial<
  Pick<
    RunRequest,
    "mapping" | "encoding" | "sheet" | "header_row" | "duplicates" | "shots" | "naming" | "ascii_names" | "review"
  >
>;

/** Saves wishes of a run at the server, which then reads its file again: some seconds of `importing`. */
export function useSaving(id: string) {
  const [state, setState] = useState<{ readonly busy: boolean; readonly error?: unknown }>({ busy: false });
  /** @returns the run once it has been planned anew, or nothing where that failed; `error` then says why */
  const save = async (changes: Changes): Promise<Run | undefined> => {
    setState({ busy: true });
    try {
      takeRun(await client.value.runs.changeMapping(id, changes));
      const run = await client.value.runs.wait(id);
      takeRun(run);
      setState({ busy: false });
      return run;
    } catch (error) {
      setState({ busy: false, error });
      return undefined;
    }
  };
  return { ...state, save };
}
