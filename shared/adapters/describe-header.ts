import type { AdapterDescription } from "../model-catalog/worker-models.ts";

/** The part of a safetensors header that a description needs. */
export interface AdapterHeader {
  /** Bytes of the whole file, if it is whole. */
  readonly fileBytes: number;
  readonly tensors: ReadonlyMap<string, { readonly shape: readonly number[] }>;
  readonly metadata: ReadonlyMap<string, string>;
}

/** Words of the metadata are cut to these limits: the files come from untrusted authors. */
const maxWords = 8;
const maxWordCharacters = 60;
const maxOriginCharacters = 300;
const maxMetadataCharacters = 5_000_000;

/** Describes a LoRA or ControlNet file from its header. */
export function describeHeader({
  tensors,
  metadata,
}: Omit<AdapterHeader, "fileBytes">): Omit<AdapterDescription, "sha256"> {
  return {
    rank: rankOf(tensors),
    base: firstOf(metadata, ["ss_base_model_version", "modelspec.architecture", "base_model", "baseModel"]),
    licence: firstOf(metadata, ["modelspec.license", "license"]),
    origin: firstOf(metadata, ["modelspec.source", "source"], maxOriginCharacters),
    triggerWords: triggerWordsOf(metadata),
  };
}

const downMatrix = /[._](?:lora_A|lora_down|lora\.down|hada_w1_b|lokr_w2_b|lokr_w1_b)(?:\.[^.]+)?(?:\.weight)?$/;

/** The most frequent: some layers may have another. */
function rankOf(tensors: AdapterHeader["tensors"]): number | undefined {
  const counts = new Map<number, number>();
  for (const [name, { shape }] of tensors) {
    const rank = shape[0];
    if (rank !== undefined && downMatrix.test(name)) counts.set(rank, (counts.get(rank) ?? 0) + 1);
  }
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  return most?.[0];
}

function firstOf(
  metadata: ReadonlyMap<string, string>,
  keys: readonly string[],
  maxCharacters = maxWordCharacters,
): string | undefined {
  const text = keys.map((key) => metadata.get(key)?.trim()).find((value) => value);
  return text?.slice(0, maxCharacters);
}

/**
 * The phrase that the trainer wrote down, else kohya's most frequent tags: a word that is in the caption of every image
 * is what calls the subject.
 */
function triggerWordsOf(metadata: ReadonlyMap<string, string>): string[] | undefined {
  const phrase = firstOf(metadata, [
    "modelspec.trigger_phrase",
    "trigger_phrase",
    "trigger_word",
    "trigger_words",
    "ss_trigger_words",
  ]);
  if (phrase !== undefined) return listOf(phrase);
  const counts = tagCounts(metadata.get("ss_tag_frequency"));
  const most = Math.max(0, ...counts.values());
  const words = Array.from(counts).filter(([, count]) => count === most && count > 1);
  return words.length > 0
    ? words.slice(0, maxWords).map(([word]) => word.trim().slice(0, maxWordCharacters))
    : undefined;
}

/** A phrase, several between commas, or a JSON list. */
function listOf(phrase: string): string[] {
  let words: unknown;
  try {
    words = JSON.parse(phrase);
  } catch {
    words = phrase.split(",");
  }
  const list = (Array.isArray(words) ? words : [words])
    .map((word) => String(word).trim())
    .filter((word) => word !== "");
  return list.slice(0, maxWords).map((word) => word.slice(0, maxWordCharacters));
}

/** `{"folder": {"tag": count}}`, summed over folders. */
function tagCounts(text: string | undefined): Map<string, number> {
  const counts = new Map<string, number>();
  if (text === undefined || text.length > maxMetadataCharacters) return counts;
  let folders: unknown;
  try {
    folders = JSON.parse(text);
  } catch {
    return counts;
  }
  if (typeof folders !== "object" || folders === null) return counts;
  for (const tags of Object.values(folders)) {
    if (typeof tags !== "object" || tags === null) continue;
    for (const [tag, count] of Object.entries(tags)) {
      if (typeof count === "number") counts.set(tag, (counts.get(tag) ?? 0) + count);
    }
  }
  return counts;
}
