import type { StoredTensor } from "../formats/safetensors.ts";

interface UnreadableForm {
  readonly name: string;
  /** A tensor name that no readable file has. */
  readonly telltale: RegExp;
  /** Further names of which one must be there too. */
  readonly beside?: RegExp;
  readonly why: string;
}

/** Forms in which this model is published and which cannot be read, from the most particular to the least. */
const forms: readonly UnreadableForm[] = [
  {
    name: "Nunchaku (SVDQuant)",
    telltale: /\.(wscales|wcscales|smooth_factor|smooth_factor_orig|wtscale)$/,
    why: "its 4-bit codes lie in the order of one GPU kernel",
  },
  {
    name: "bitsandbytes, 4 bits",
    telltale: /\.(quant_state\.bitsandbytes__\w+|absmax|nested_absmax|quant_map)$/,
    why: "its values need that library",
  },
  { name: "bitsandbytes, 8 bits", telltale: /\.(SCB|weight_format)$/, why: "its outliers need that library" },
  { name: "SDNQ", telltale: /\.(svd_up|svd_down|zero_point)$/, why: "its values need that library" },
  {
    name: "GPTQ or AWQ",
    telltale: /\.qweight$/,
    beside: /\.(qzeros|g_idx|scales)$/,
    why: "its values need those libraries",
  },
  {
    name: "DFloat11",
    telltale: /(^|\.)encoded_exponent$/,
    beside: /(^|\.)sign_mantissa$/,
    why: "its exponents are packed for that library's GPU kernel",
  },
  { name: "compressed-tensors, packed", telltale: /\.weight_packed$/, why: "its values need that library" },
  { name: "torchao", telltale: /\.(_weight_|weight_|_)qdata$/, why: "its values need that library" },
  { name: "HQQ", telltale: /\.W_q$/, why: "its values need that library" },
  { name: "Quanto", telltale: /\.weight\._(data|scale)$/, why: "its values need that library" },
];

/** What to fetch in place of a file that cannot be read. */
const readableInstead =
  "fetch the same model in bf16, fp8, int8_convrot or nvfp4 (such as split_files/diffusion_models of " +
  "Comfy-Org/z_image_turbo), or as a GGUF file";

/** @returns what the file is and what to fetch instead; `undefined` for a form that may be readable */
export function unreadableForm(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: ReadonlyMap<string, string> = new Map(),
): string | undefined {
  const has = (pattern: RegExp) => tensors.keys().some((name) => pattern.test(name));
  const found = forms.find(({ telltale, beside }) => has(telltale) && (!beside || has(beside)));
  if (found) return `is in the form ${found.name}: ${found.why}; ${readableInstead}`;
  if (isPackedForMlx(tensors)) return `is in the form MLX, quantised: its values need that library; ${readableInstead}`;
  const method = quantizationMethod(metadata.get("quantization_config"));
  if (method === undefined) return sdnqWithoutSvd(tensors);
  return `is in the form ${method}, which cannot be read; ${readableInstead}`;
}

/** Values of a few bits in words of 32, with scales and offsets of groups. */
function isPackedForMlx(tensors: ReadonlyMap<string, StoredTensor>): boolean {
  return tensors.entries().some(([name, { dtype }]) => {
    const layer = name.endsWith(".weight") && name.slice(0, -".weight".length);
    return layer && dtype === "U32" && tensors.has(`${layer}.scales`);
  });
}

/** SDNQ without its optional parts: integers with a plain `scale`. */
function sdnqWithoutSvd(tensors: ReadonlyMap<string, StoredTensor>): string | undefined {
  const integers = ["U8", "I8", "U16", "I16", "U32", "I32"];
  const found = tensors.entries().some(([name, { dtype }]) => {
    const scale = name.endsWith(".weight") && `${name.slice(0, -".weight".length)}.scale`;
    return scale && integers.includes(dtype) && tensors.has(scale);
  });
  return found ? `is in the form SDNQ: its values need that library; ${readableInstead}` : undefined;
}

/** The name that a configuration gives to its method. Anything else in it is left alone. */
function quantizationMethod(config: string | undefined): string | undefined {
  if (config === undefined) return undefined;
  try {
    const parsed: unknown = JSON.parse(config);
    if (typeof parsed !== "object" || parsed === null) return undefined;
    const method = "quant_method" in parsed ? parsed.quant_method : "method" in parsed ? parsed.method : undefined;
    if (typeof method === "string") return method.slice(0, 60);
    return "rank" in parsed ? "Nunchaku (SVDQuant)" : undefined;
  } catch {
    return undefined;
  }
}
