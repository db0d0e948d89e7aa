import { statSync } from "node:fs";
import type { Warning } from "../../../shared/warnings/warning.ts";
import type { ControlNetConfig } from "../../graph/architectures/control-net-config.ts";
import type { TransformerConfig } from "../../graph/architectures/z-image-config.ts";
import { GraphBuilder } from "../../graph/graph-builder.ts";
import type { WeightSource } from "../../graph/weight-source.ts";
import type { Adaptation } from "../../pipeline/components.ts";
import type { OnnxRuntime, OnnxSession, OnnxTensor } from "../../runtime/onnx-session.ts";
import type { Checkpoint } from "../../weights/checkpoint.ts";
import { type LoraContent, readLora } from "../../weights/lora/lora.ts";
import { checkpointWeights } from "../../weights/weight-source.ts";
import { type ModelOptions, openSession } from "../open-session.ts";
import { type ControlNet, openControlNet } from "./control-net-file.ts";
import {
  type ActiveLayer,
  type ActiveVector,
  checkMagnitudes,
  LoraSlots,
  noSlots,
  sameSlots,
  withSlotsFor,
} from "./lora-feeds.ts";

export interface AdaptedSessionsOptions<Variant extends string> extends ModelOptions {
  readonly runtime: OnnxRuntime;
  readonly config: TransformerConfig;
  readonly checkpoint: Checkpoint;
  /** Emit the network. */
  readonly build: (g: GraphBuilder, variant: Variant, controlNet: ControlNetConfig | undefined) => void;
  /** Variants whose graph has every intermediate as an output. */
  readonly probed?: (variant: Variant) => boolean;
}

interface OpenVariant {
  readonly session: OnnxSession;
  /** Matrices of the LoRAs in force, for the places that this graph has. */
  loraFeeds?: { readonly key: string; readonly feeds: Readonly<Record<string, OnnxTensor>> };
  readonly inputNames: readonly string[];
}

/**
 * Sessions of a transformer whose weights LoRAs and a ControlNet may change. The first LoRA puts a place for one at
 * every linear layer, which makes the session once more, and so does the first LoKr or DoRA, which need other places;
 * from then on they come and go with the inputs of a run and no weight is loaded again. A ControlNet is part of the
 * graph: taking another one, or none, makes the session again. Sessions of the old form are released first, so there is
 * never a second copy of the weights.
 */
export class AdaptedSessions<Variant extends string> {
  readonly #options: AdaptedSessionsOptions<Variant>;
  readonly #slots: LoraSlots;
  readonly #open = new Map<Variant, OpenVariant>();
  /** Contents of the files in use, so that changing a strength does not read them again. */
  #contents: ReadonlyMap<string, LoraContent> = new Map();
  #active: readonly ActiveLayer[] = [];
  #vectors: readonly ActiveVector[] = [];
  /** Tells the LoRAs in force from others: a file may be replaced by a better one under its name. */
  #lorasKey = "[]";
  #slotKinds = noSlots;
  #controlNet: ControlNet | undefined;

  constructor(options: AdaptedSessionsOptions<Variant>) {
    this.#options = options;
    this.#slots = new LoraSlots(options.checkpoint, options.runtime);
  }

  get controlNet(): ControlNetConfig | undefined {
    return this.#controlNet?.config;
  }

  /**
   * @returns what of the files is left out
   * @throws InvalidFileError for a file that does not fit; what was in force before then stays
   */
  async adapt({ loras, controlNet: path }: Adaptation): Promise<readonly Warning[]> {
    let wanted: ControlNet | undefined;
    if (path !== undefined) {
      wanted = path === this.#controlNet?.path ? this.#controlNet : await openControlNet(path, this.#options.config);
    }
    const read = loras.map(({ path: file, scale = 1 }) => {
      const key = `${file} of ${statSync(file).mtimeMs}`;
      return { key, strength: scale, content: this.#contents.get(key) ?? readLora(file, this.#options.checkpoint) };
    });
    const active = read.flatMap(({ content, strength }) =>
      content.layers.map((layer): ActiveLayer => ({ layer, strength })),
    );
    const vectors = read.flatMap(({ content, strength }) =>
      content.vectors.map((vector): ActiveVector => ({ vector, strength })),
    );
    checkMagnitudes(active);
    const slotKinds = withSlotsFor(this.#slotKinds, active, vectors);
    if (!sameSlots(slotKinds, this.#slotKinds) || wanted !== this.#controlNet) await this.release();
    this.#slotKinds = slotKinds;
    this.#controlNet = wanted;
    this.#contents = new Map(read.map(({ key, content }) => [key, content]));
    this.#active = active;
    this.#vectors = vectors;
    this.#lorasKey = JSON.stringify(read.map(({ key, strength }) => [key, strength]));
    return read.flatMap(({ content }) => content.warnings);
  }

  /** Make the session now. */
  async load(variant: Variant): Promise<void> {
    await this.#opened(variant);
  }

  async run(variant: Variant, feeds: Readonly<Record<string, OnnxTensor>>): Promise<ReadonlyMap<string, OnnxTensor>> {
    const opened = await this.#opened(variant);
    if (opened.loraFeeds?.key !== this.#lorasKey) {
      const loraFeeds = await this.#slots.feeds(this.#active, this.#vectors, opened.inputNames);
      opened.loraFeeds = { key: this.#lorasKey, feeds: loraFeeds };
    }
    return opened.session.run({ ...feeds, ...opened.loraFeeds.feeds });
  }

  async release(): Promise<void> {
    const entries = [...this.#open.values()];
    this.#open.clear();
    for (const { session } of entries) await session.release();
    await this.#slots.release();
  }

  async #opened(variant: Variant): Promise<OpenVariant> {
    let opened = this.#open.get(variant);
    if (!opened) {
      const g = this.#builder(variant);
      const session = await openSession(this.#options.runtime, g, "transformer", { runsRepeat: true });
      opened = { session, inputNames: g.inputs.map(({ name }) => name) };
      this.#open.set(variant, opened);
    }
    return opened;
  }

  #builder(variant: Variant): GraphBuilder {
    const { build, probed, computeDtype, attention, integerProducts } = this.#options;
    const g = new GraphBuilder({
      computeDtype,
      attention,
      integerProducts,
      weights: this.#weights(),
      probes: probed?.(variant) ?? false,
    });
    build(g, variant, this.#controlNet?.config);
    return g;
  }

  #weights(): WeightSource {
    const base = checkpointWeights(this.#options.checkpoint);
    const control = this.#controlNet && checkpointWeights(this.#controlNet.checkpoint);
    const isControl = (name: string) => name.startsWith("control_");
    const vector = (name: string) => (this.#slotKinds.vectors ? this.#slots.vector(name) : undefined);
    return {
      description: base.description,
      weight: (name, dims) =>
        isControl(name) && control ? control.weight(name, dims) : (vector(name) ?? base.weight(name, dims)),
      corrections: (target) => (isControl(target) ? { lowRank: [] } : this.#slots.corrections(target, this.#slotKinds)),
    };
  }
}
