import { useEffect, useRef, useState } from "preact/hooks";
import type { ResponseOf } from "../../../../../sdk/src/http/transport.ts";
import { client } from "../../../server/client.ts";

export type Shown = "needs_review" | "approved" | "rejected" | "all";
type ReviewList = ResponseOf<"listRunReview">;
export type ReviewRow = ReviewList["data"][number];

const pageSize = 48;

interface State {
  readonly rows: readonly ReviewRow[];
  readonly counts?: ReviewList["counts"];
  readonly estimate?: ReviewList["estimate"];
  /** `null` behind the last page. */
  readonly cursor?: string | null;
  readonly isLoading: boolean;
  readonly error?: unknown;
}

const nothing: State = { rows: [], isLoading: true };

/**
 * Images in the order in which they should be looked at, a page after the other. What is decided meanwhile stays where
 * it stands: a list that moves under the reader's hand makes mistakes.
 */
export function useReviewList(id: string, shown: Shown) {
  const [state, setState] = useState(nothing);
  const [round, setRound] = useState(0);
  const asked = useRef("");
  const load = async (cursor: string | undefined, before: State) => {
    const name = `${id} ${shown} ${round} ${cursor ?? ""}`;
    if (asked.current === name) return;
    asked.current = name;
    setState({ ...before, isLoading: true });
    try {
      const query = { limit: String(pageSize), cursor, ...(shown !== "all" && { state: shown }) };
      const { data, counts, estimate, next_cursor } = await client.value.runs.reviewList(id, query);
      if (asked.current !== name) return;
      setState({ rows: [...before.rows, ...data], counts, estimate, cursor: next_cursor, isLoading: false });
    } catch (error) {
      if (asked.current !== name) return;
      asked.current = "";
      setState({ ...before, isLoading: false, error });
    }
  };
  useEffect(() => void load(undefined, nothing), [id, shown, round]);
  const { cursor } = state;
  const hasMore = typeof cursor === "string";
  return {
    ...state,
    hasMore,
    more: () => {
      if (hasMore && !state.isLoading) void load(cursor, state);
    },
    reload: () => setRound(round + 1),
  };
}
