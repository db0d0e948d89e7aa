import { type Signal, signal } from "@preact/signals";
import {
  focusManager,
  MutationObserver,
  type MutationObserverOptions,
  onlineManager,
  QueryClient,
  type QueryKey,
  QueryObserver,
  type QueryObserverOptions,
  type QueryObserverResult,
} from "@tanstack/query-core";
import { useEffect, useMemo } from "preact/hooks";
import { isOffline } from "./connection.ts";

/** Responses of the server, shared by all views. The SDK retries, so that this does not. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: { retry: false, staleTime: 5_000, gcTime: 300_000, networkMode: "always" },
    mutations: { retry: false, networkMode: "always" },
  },
});

queries.mount();
focusManager.setEventListener((handleFocus) => {
  const listener = () => handleFocus();
  document.addEventListener("visibilitychange", listener);
  return () => document.removeEventListener("visibilitychange", listener);
});
isOffline.subscribe((offline) => onlineManager.setOnline(!offline));
addEventListener("zimage:reconnected", () => void queries.invalidateQueries());

export interface ServerOptions<T> {
  readonly key: QueryKey;
  readonly get: (signal: AbortSignal) => Promise<T>;
  /** How often it is asked again while this tab is on show; see `polling.ts`. @default never */
  readonly everyMs?: number | undefined;
  /** @default true */
  readonly enabled?: boolean;
  /** Shows the last value under another key until this one has come. @default false */
  readonly keepPrevious?: boolean;
}

/**
 * A response of the server as a signal: `data`, `error`, `isPending` and the rest of what query-core tells. Parts that
 * use the same key share one request.
 */
export function useServer<T>(options: ServerOptions<T>): Signal<QueryObserverResult<T, Error>> {
  const observed = toObserverOptions(options);
  const { observer, result } = useMemo(() => {
    const made = new QueryObserver<T, Error>(queries, observed);
    return { observer: made, result: signal(made.getCurrentResult()) };
  }, []);
  observer.setOptions(observed);
  useEffect(() => {
    result.value = observer.getCurrentResult();
    return observer.subscribe((next) => {
      result.value = next;
    });
  }, [observer, result]);
  return result;
}

function toObserverOptions<T>({
  key,
  get,
  everyMs,
  enabled = true,
  keepPrevious = false,
}: ServerOptions<T>): QueryObserverOptions<T, Error> {
  return {
    queryKey: key,
    queryFn: ({ signal: abort }) => get(abort),
    refetchInterval: everyMs ?? false,
    enabled,
    ...(keepPrevious && { placeholderData: (previous: T | undefined) => previous as never }),
  };
}

/** An action on the server; `run` rejects with the error, which `error` also holds. */
export function useAction<Input, T>(options: MutationObserverOptions<T, Error, Input>) {
  const { observer, result } = useMemo(() => {
    const made = new MutationObserver<T, Error, Input>(queries, options);
    return { observer: made, result: signal(made.getCurrentResult()) };
  }, []);
  observer.setOptions(options);
  useEffect(
    () =>
      observer.subscribe((next) => {
        result.value = next;
      }),
    [observer, result],
  );
  return { result, run: (input: Input) => observer.mutate(input) };
}
