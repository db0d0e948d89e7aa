import { InvalidRequestError } from "../../../../shared/request/field-errors.ts";

export interface PromptLora {
  readonly name: string;
  readonly scale: number;
}

/**
 * One tag: a name, and one or two weights. The bounded parts cannot contain what ends them, so a scan takes one pass.
 */
const tag = /<(?:lora|lyco):([^<>:]{1,300})((?::[^<>:]{0,60}){0,3})>/g;

/**
 * The prompt without its `<lora:name:0.8>` tags, and the LoRAs that they name. Of two weights the second, for the
 * transformer, counts.
 * @throws InvalidRequestError for a weight that is no number
 */
export function takeLoras(prompt: string): { readonly prompt: string; readonly loras: readonly PromptLora[] } {
  const loras: PromptLora[] = [];
  const text = prompt.replace(tag, (whole, name: string, weights: string) => {
    const [, first = "", second = first] = weights.split(":");
    const scale = second === "" ? 1 : Number(second);
    if (!Number.isFinite(scale)) {
      const message = `prompt has the tag ${whole.slice(0, 60)}, whose weight must be a number such as 0.8`;
      throw new InvalidRequestError([{ param: "prompt", code: "invalid_value", message }]);
    }
    loras.push({ name: name.trim(), scale });
    return "";
  });
  return loras.length === 0 ? { prompt, loras } : { prompt: text.replaceAll("  ", " ").trim(), loras };
}
