import { elementCount } from "../../tensor.ts";
import { openCheckpoint } from "../../weights/checkpoint.ts";
import { openModelFolder, weightFolders } from "../../weights/folder/model-folder.ts";
import type { ModelParts } from "../../weights/folder/named-parts.ts";
import { formName, scaleBytes } from "../../weights/forms/published-forms.ts";

export interface ComponentSummary {
  readonly component: "text_encoder" | "transformer" | "vae";
  readonly tensors: number;
  /** Tensors by stored dtype, as safetensors spells it; `int8-rows` where each row has a scale, `int8` and `int4` where each
   * block of 32 has one, the names of ggml in GGUF files, and `formName` of what other programs quantised. */
  readonly dtypes: ReadonlyMap<string, number>;
  /** Values, not counting scales. */
  readonly parameters: number;
  /** Bytes of all values and scales in the files. */
  readonly bytes: number;
}

/** What the weights of a model are, from their headers. @throws InvalidFileError */
export async function describeModel(modelDir: string, parts?: ModelParts): Promise<ComponentSummary[]> {
  return weightFolders(await openModelFolder(modelDir, parts)).map(([component, path]) => {
    const tensors = [...openCheckpoint(path, component).tensors.values()];
    const dtypes = Map.groupBy(tensors, (tensor) => {
      const { rowScales, blocks, ggml } = tensor;
      if (rowScales) return "int8-rows";
      return ggml ?? (blocks ? `int${blocks.bits}` : formName(tensor));
    });
    return {
      component,
      tensors: tensors.length,
      dtypes: new Map(Array.from(dtypes, ([dtype, those]) => [dtype, those.length])),
      parameters: sum(tensors.map(({ shape }) => elementCount(shape))),
      bytes: sum(
        tensors.map((tensor) => {
          const { length, rowScales, blocks } = tensor;
          return length + (rowScales?.length ?? blocks?.scales.length ?? scaleBytes(tensor));
        }),
      ),
    };
  });
}

/** One aligned line per component, and one for all. */
export function formatSummary(components: readonly ComponentSummary[]): string {
  const line = (name: string, tensors: number, parameters: number, bytes: number, dtypes = "") =>
    [
      name.padEnd(12),
      `${tensors} tensors`.padStart(13),
      `${parameters.toLocaleString("en")} parameters`.padStart(25),
      `${(bytes / 1e6).toFixed(2)} MB`.padStart(13),
      `  ${dtypes}`,
    ]
      .join(" ")
      .trimEnd();
  const lines = components.map(({ component, tensors, dtypes, parameters, bytes }) =>
    line(component, tensors, parameters, bytes, Array.from(dtypes, ([dtype, count]) => `${count} ${dtype}`).join(", ")),
  );
  const total = (of: (component: ComponentSummary) => number) => sum(components.map(of));
  lines.push(
    line(
      "total",
      total(({ tensors }) => tensors),
      total(({ parameters }) => parameters),
      total(({ bytes }) => bytes),
    ),
  );
  return lines.join("\n");
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
