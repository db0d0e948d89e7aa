import type { SamplerName } from "../request/samplers.ts";
import { samplerLabels } from "./infotext.ts";

interface Node {
  readonly class_type?: unknown;
  readonly inputs?: { readonly [name: string]: unknown };
}
type Graph = { readonly [id: string]: Node | undefined };

/** A text may pass through some nodes on its way; a graph may also lead in a circle. */
const mostSteps = 16;
const textInputs = ["text", "string", "value", "prompt", "clip_l", "t5xxl"] as const;
const conditioningInputs = ["positive", "conditioning", "conditioning_1", "conditioning_to"] as const;

/**
 * Fields of `POST /v1/jobs` from the graph that ComfyUI writes into its files, keyword `prompt`: the prompts, seed,
 * steps, guidance, sampler and size of its first sampler, as far as they stand there as values. What other nodes work
 * out, and how their model differs, is not known. Runs in browsers too.
 * @returns `undefined` for any other text, and for a graph without a sampler or a prompt
 */
export function requestFromComfyGraph(text: string): { readonly [field: string]: unknown } | undefined {
  const graph = graphOf(text);
  if (graph === undefined) return undefined;
  const samplers = Object.values(graph).filter(isSampler);
  // One that starts from a drawn image, as for a larger size, comes after the one that drew it.
  const sampler = samplers.find((node) => (numberIn(node, "denoise") ?? 1) === 1) ?? samplers[0];
  if (sampler === undefined) return undefined;
  const parts = [
    sampler,
    ...["guider", "noise", "sigmas", "sampler", "latent_image"].map((name) => at(graph, sampler, name)),
  ];
  const first = <T>(read: (node: Node) => T | undefined) =>
    parts.map((node) => node && read(node)).find((value) => value !== undefined);
  const prompt = first(
    (node) => conditioningText(graph, node, "positive") ?? conditioningText(graph, node, "conditioning"),
  );
  if (prompt === undefined) return undefined;
  const cfg = first((node) => numberIn(node, "cfg"));
  const [width, height] = [first((node) => numberIn(node, "width")), first((node) => numberIn(node, "height"))];
  const name = first((node) => textIn(node, "sampler_name"));
  return {
    prompt,
    negative_prompt: first((node) => conditioningText(graph, node, "negative")) || undefined,
    steps: first((node) => numberIn(node, "steps")),
    sampler: (Object.keys(samplerLabels) as SamplerName[]).find((known) => known === name),
    // Its scale counts the prompt itself, ours what is added to it.
    guidance: cfg === undefined ? undefined : Math.max(0, cfg - 1),
    seed: first((node) => numberIn(node, "seed") ?? numberIn(node, "noise_seed")),
    size: width === undefined || height === undefined ? undefined : `${width}x${height}`,
  };
}

function graphOf(text: string): Graph | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    const parsed = JSON.parse(text) as { readonly [id: string]: unknown };
    const nodes = Object.entries(parsed).filter(([, node]) => isNode(node));
    return nodes.length === 0 ? undefined : (Object.fromEntries(nodes) as Graph);
  } catch {
    return undefined;
  }
}

const isNode = (node: unknown): node is Node =>
  typeof node === "object" &&
  node !== null &&
  "inputs" in node &&
  typeof node.inputs === "object" &&
  node.inputs !== null;

const isSampler = (node: Node | undefined): node is Node =>
  typeof node?.class_type === "string" && /sampler/i.test(node.class_type) && !/select/i.test(node.class_type);

/** The node that an input leads to: `["5", 0]` is the first output of node 5. */
function at(graph: Graph, node: Node, input: string): Node | undefined {
  const link = node.inputs?.[input];
  const id: unknown = Array.isArray(link) ? link[0] : undefined;
  return typeof id === "string" && Object.hasOwn(graph, id) ? graph[id] : undefined;
}

function numberIn({ inputs }: Node, name: string): number | undefined {
  const value = inputs?.[name];
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

function textIn({ inputs }: Node, name: string): string | undefined {
  const value = inputs?.[name];
  return typeof value === "string" ? value : undefined;
}

/** The text behind an input of a node, by way of the nodes between. */
function conditioningText(graph: Graph, from: Node, input: string): string | undefined {
  let node = at(graph, from, input);
  for (let step = 0; node !== undefined && step < mostSteps; step++) {
    // It takes a text for its size alone, and forgets what it says.
    if (node.class_type === "ConditioningZeroOut") return undefined;
    const here: Node = node;
    const text = textInputs.map((name) => textIn(here, name)).find((value) => value !== undefined);
    if (text !== undefined) return text;
    const next = [...textInputs, ...conditioningInputs].map((name) => at(graph, here, name));
    node = next.find((each) => each !== undefined);
  }
  return undefined;
}
