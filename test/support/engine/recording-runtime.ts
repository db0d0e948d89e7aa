import type { OnnxRuntime, OnnxTensor } from "../../../gpu-worker/runtime/onnx-session.ts";

type Feeds = Readonly<Record<string, OnnxTensor>>;

export interface RecordingRuntime extends OnnxRuntime {
  /** Feeds of every run, of all sessions, in order. */
  readonly runs: Feeds[];
  /** Sessions that are not released yet. */
  open: number;
}

/** A runtime whose sessions compute nothing: they keep what they are fed and answer with what a test says. */
export function recordingRuntime(answer: (feeds: Feeds) => Feeds): RecordingRuntime {
  const runtime: RecordingRuntime = {
    runs: [],
    open: 0,
    async createSession() {
      runtime.open++;
      return {
        async run(feeds) {
          runtime.runs.push(feeds);
          return new Map(Object.entries(answer(feeds)));
        },
        async release() {
          runtime.open--;
        },
      };
    },
  };
  return runtime;
}

/** A training graph's response that changes no parameter. */
export function unchanged(feeds: Feeds, scalars: Readonly<Record<string, number>>): Feeds {
  return Object.fromEntries([
    ...Object.entries(feeds).map(([name, value]) => [`next ${name}`, value] as const),
    ...Object.entries(scalars).map(
      ([name, value]) => [name, { dtype: "float32", data: Float32Array.of(value), dims: [] }] as const,
    ),
  ]);
}
