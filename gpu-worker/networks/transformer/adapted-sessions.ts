import { statSync } from "node:fs";
import type { ControlNetConfig } from "../../graph/architectures/control-net-config.ts";
import type { TransformerConfig } from "../../graph/architectures/z-image-config.ts";
import { GraphBuilder } from "../../graph/graph-builder.ts";
import type { WeightSource } from "../../graph/weight-source.ts";
import type { Adaptation } from "../../pipeline/components.ts";
import type { OnnxRuntime, OnnxSession, OnnxTensor } from "../../runtime/onnx-session.ts";
import type { Checkpoint } from "../../weights/checkpoint.ts";
import type { LoraFile } from "../../weights/lora.ts";
import { checkpointWeights } from "../../weights/weight-source.ts";
import { type ModelOptions, openSession } from "../open-session.ts";
import { type ControlNet, openControlNet } from "./control-net-file.ts";
import { LoraSlots } from "./lora-feeds.ts";

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
 * Sessions of a transformer whose weights LoRAs and a ControlNet may change. The first LoRA puts a place for one at every linear layer, which makes the session once more; from
 * then on LoRAs come and go with the inputs of a run and no weight is loaded again. A ControlNet is part of the graph: taking another one, or none, makes the session again.
 * Sessions of the old form are released first, so there is never a second copy of the weights.
 */
export class AdaptedSessions<Variant extends string> {
  readonly #options: AdaptedSessionsOptions<Variant>;
  readonly #slots: LoraSlots;
  readonly #open = new Map<Variant, OpenVariant>();
  #loras: readonly LoraFile[] = [];
  /** Tells the LoRAs in force from others: a file may be replaced by a better one under its name. */
  #lorasKey = "[]";
  #hasSlots = false;
  #controlNet: ControlNet | undefined;

  constructor(options: AdaptedSessionsOptions<Variant>) {
    this.#options = options;
    this.#slots = new LoraSlots(options.checkpoint);
  }

  get controlNet(): ControlNetConfig | undefined {
    return this.#controlNet?.config;
  }

  /** @throws InvalidFileError for a file that does not fit; what was in force before then stays */
  async adapt({ loras, controlNet: path }: Adaptation): Promise<void> {
    let wanted: ControlNet | undefined;
    if (path !== undefined) {
      wanted = path === this.#controlNet?.path ? this.#controlNet : await openControlNet(path, this.#options.config);
    }
    this.#slots.check(loras);
    const needsSlots = this.#hasSlots || loras.length > 0;
    if (needsSlots !== this.#hasSlots || wanted !== this.#controlNet) await this.release();
    this.#hasSlots = needsSlots;
    this.#controlNet = wanted;
    this.#loras = loras;
    this.#lorasKey = JSON.stringify(loras.map(({ path: file, scale }) => [file, scale, statSync(file).mtimeMs]));
  }

  /** Make the session now. */
  async load(variant: Variant): Promise<void> {
    await this.#opened(variant);
  }

  async run(variant: Variant, feeds: Readonly<Record<string, OnnxTensor>>): Promise<ReadonlyMap<string, OnnxTensor>> {
    const opened = await this.#opened(variant);
    if (!this.#hasSlots) return opened.session.run(feeds);
    if (opened.loraFeeds?.key !== this.#lorasKey) {
      opened.loraFeeds = { key: this.#lorasKey, feeds: this.#slots.feeds(this.#loras, opened.inputNames) };
    }
    return opened.session.run({ ...feeds, ...opened.loraFeeds.feeds });
  }

  async release(): Promise<void> {
    const entries = [...this.#open.values()];
    this.#open.clear();
    for (const { session } of entries) await session.release();
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
    return {
      description: base.description,
      weight: (name, dims) => (isControl(name) && control ? control.weight(name, dims) : base.weight(name, dims)),
      lowRankBranches: (target) => (this.#hasSlots && !isControl(target) ? this.#slots.branches(target) : []),
    };
  }
}
