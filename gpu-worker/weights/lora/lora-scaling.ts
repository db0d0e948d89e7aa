import { existsSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { InvalidFileError } from "../../../shared/errors.ts";
import type { SafetensorsFile } from "../formats/safetensors.ts";

/**
 * How PEFT scales what it trained. It says so in the file's metadata, or in `adapter_config.json` beside an
 * `adapter_model.safetensors`.
 */
export interface LoraScaling {
  /**
   * What the product of the two matrices is multiplied by, without the strength that the user asks for.
   * @param alpha - of a tensor, which comes first
   */
  scaleOf(target: string, rank: number, alpha: number | undefined): number;
  /** The layers have magnitudes. */
  readonly usesDora: boolean;
}

const finite = z.number();
const peftConfig = z.looseObject({
  lora_alpha: finite.optional(),
  use_rslora: z.boolean().optional(),
  use_dora: z.boolean().optional(),
  alpha_pattern: z.record(z.string(), finite).nullish(),
});
type PeftConfig = z.output<typeof peftConfig>;

const maxPatterns = 10_000;
const maxConfigBytes = 10_000_000;

/** @throws InvalidFileError for settings that cannot be read */
export function readLoraScaling(file: SafetensorsFile): LoraScaling {
  const config = metadataConfig(file) ?? besideConfig(file.path);
  const alphaOf = patternAlphas(config?.alpha_pattern ?? {}, file.path);
  return {
    scaleOf(target, rank, alpha) {
      if (alpha !== undefined) return alpha / rank;
      const configured = alphaOf(target) ?? config?.lora_alpha;
      if (configured === undefined) return 1;
      // Rank-stabilised: the reference divides by the root, so that a higher rank does not learn more slowly.
      return configured / (config?.use_rslora ? Math.sqrt(rank) : rank);
    },
    usesDora: config?.use_dora ?? false,
  };
}

/** What diffusers writes: one JSON object for all components, `transformer.` before the names of ours. */
function metadataConfig({ metadata, path }: SafetensorsFile): PeftConfig | undefined {
  const text = metadata.get("lora_adapter_metadata");
  if (text === undefined) return undefined;
  const settings = parseJson(text, `${path}: lora_adapter_metadata`);
  const own = Object.entries(settings).map(([key, value]) => [key.replace(/^transformer\./, ""), value] as const);
  return parseConfig(Object.fromEntries(own), `${path}: lora_adapter_metadata`);
}

function besideConfig(path: string): PeftConfig | undefined {
  const beside = join(dirname(path), "adapter_config.json");
  if (basename(path) !== "adapter_model.safetensors" || !existsSync(beside)) return undefined;
  const what = `${path}: adapter_config.json`;
  if (statSync(beside).size > maxConfigBytes)
    throw new InvalidFileError(`${what} has more than ${maxConfigBytes} bytes`);
  return parseConfig(parseJson(readFileSync(beside, "utf8"), what), what);
}

function parseJson(text: string, what: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InvalidFileError(`${what} is not JSON`, { cause });
  }
  if (typeof value !== "object" || value === null) throw new InvalidFileError(`${what} must be a JSON object`);
  return value;
}

function parseConfig(value: unknown, what: string): PeftConfig {
  const parsed = peftConfig.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InvalidFileError(`${what}: ${issue?.path.join(".")}: ${issue?.message}`);
}

/**
 * PEFT matches a pattern against a layer's whole name or what follows one of its dots, as a regular expression.
 * @see peft `utils/other.py`, `get_pattern_key`
 */
function patternAlphas(
  pattern: Readonly<Record<string, number>>,
  path: string,
): (target: string) => number | undefined {
  const entries = Object.entries(pattern);
  if (entries.length > maxPatterns) {
    throw new InvalidFileError(
      `${path}: alpha_pattern must have at most ${maxPatterns} entries, got ${entries.length}`,
    );
  }
  const literal = new Map<string, number>();
  const expressions: [RegExp, number][] = [];
  for (const [key, alpha] of entries) {
    const plain = key.replace(/^\^/, "").replace(/\$$/, "").replaceAll("\\.", ".");
    if (/^[\w.-]+$/.test(plain)) literal.set(plain, alpha);
    else expressions.push([expressionOf(key, path), alpha]);
  }
  return (target) => {
    for (let from = 0; from >= 0; from = target.indexOf(".", from) + 1 || -1) {
      const alpha = literal.get(target.slice(from));
      if (alpha !== undefined) return alpha;
    }
    return expressions.find(([expression]) => expression.test(target))?.[1];
  };
}

/**
 * What layer patterns need of regular expressions: nothing that can be repeated inside a repetition, so that no file
 * can make matching slow.
 */
const simpleExpression = /^\^?(?:[\w-]|\\\.|\\d\+?|\[0-9\]\+?|\.[*+]?|\([\w-]+(?:\|[\w-]+)*\))*\$?$/;
const maxRepetitions = 3;

function expressionOf(key: string, path: string): RegExp {
  const repetitions = key.match(/[*+]/g)?.length ?? 0;
  if (key.length > 200 || repetitions > maxRepetitions || !simpleExpression.test(key)) {
    const shown = JSON.stringify(key.slice(0, 100));
    throw new InvalidFileError(
      `${path}: alpha_pattern: ${shown} is too involved; name layers by letters, digits, dots, (a|b), \\d+ and ` +
        `at most ${maxRepetitions} repetitions`,
    );
  }
  return new RegExp(`^(?:.*\\.)?(?:${key})$`);
}
