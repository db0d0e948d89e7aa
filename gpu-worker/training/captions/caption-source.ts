import type { GraphBuilder } from "../../graph/graph-builder.ts";
import type { Value } from "../../graph/value.ts";
import type { OnnxTensor } from "../../runtime/onnx-session.ts";

/** Source of the transformer's conditioning in a training graph. B captions of C tokens, filling included. */
export interface CaptionSource {
  /** Declares its inputs. @returns `[B, C, capFeatDim]` */
  build(g: GraphBuilder): Value;
  /**
   * Values of those inputs.
   * @param captions - token ids of each caption
   * @param length - what they are filled up to; nothing ever sees the filling
   */
  feeds(captions: readonly (readonly number[])[], length: number): Promise<Readonly<Record<string, OnnxTensor>>>;
  release(): Promise<void>;
}
