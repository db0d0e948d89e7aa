import { useEffect, useRef, useState } from "preact/hooks";
import type { JobRequest } from "../../../../../../sdk/src/index.ts";
import { client } from "../../../../server/client.ts";
import type { Shot } from "../file/create-run.ts";
import type { PreviewedPrompt } from "./use-preview.ts";

interface State {
  readonly busy: boolean;
  /** Links by prompt: another prompt has no sample yet. */
  readonly links: ReadonlyMap<string, string>;
  readonly error?: unknown;
}

/**
 * Samples of a shot that is drawn from words: its prompts as jobs of their own, in the lane and at the price of the
 * run.
 */
export function useSamples(runId: string) {
  const [state, setState] = useState<State>({ busy: false, links: new Map() });
  const control = useRef(new AbortController());
  useEffect(() => () => control.current.abort(), []);
  const draw = async (shot: Shot, prompts: readonly PreviewedPrompt[]) => {
    const { signal } = control.current;
    setState((before) => ({ ...before, busy: true, error: undefined }));
    const { size, steps, guidance } = shot;
    const drawOne = async ({ prompt, sku }: PreviewedPrompt) => {
      const request: JobRequest = {
        prompt: prompt!,
        size,
        steps,
        guidance,
        priority: "batch",
        metadata: { sample_of: runId, sku },
      };
      const { images } = await client.value.jobs.create(request, { signal }).wait({ signal });
      const link = images[0]?.url;
      if (link !== undefined) setState((before) => ({ ...before, links: new Map(before.links).set(prompt!, link) }));
    };
    const ends = await Promise.allSettled(prompts.map(drawOne));
    if (signal.aborted) return;
    const failed = ends.find((end) => end.status === "rejected");
    setState((before) => ({ ...before, busy: false, error: failed?.reason }));
  };
  return { ...state, draw };
}
