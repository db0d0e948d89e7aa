import type { ErrorValues } from "../../../shared/errors.ts";
import { chineseSentences } from "./chinese-sentences.ts";

/** Whether the first language that `Accept-Language` ranks highest among Chinese and English is Chinese. */
export function prefersChinese(acceptLanguage: string | undefined): boolean {
  let best = { chinese: false, weight: 0 };
  for (const part of (acceptLanguage ?? "").slice(0, 500).split(",")) {
    const [tag = "", ...parameters] = part.trim().toLowerCase().split(";");
    const quality = parameters.find((parameter) => parameter.trim().startsWith("q="));
    const weight = quality === undefined ? 1 : Number(quality.trim().slice(2)) || 0;
    const chinese = /^zh(-|$)/.test(tag);
    if ((chinese || /^(en(-|$)|\*$)/.test(tag)) && weight > best.weight) best = { chinese, weight };
  }
  return best.chinese;
}

interface Explained {
  readonly code: string;
  readonly message: string;
  readonly param?: string | undefined;
  readonly values?: ErrorValues | undefined;
}

/** `undefined` when there is no Chinese sentence for this code. */
export function chineseDetail({ code, message, param = "body", values = {} }: Explained): string | undefined {
  if (!Object.hasOwn(chineseSentences, code)) return undefined;
  const known: ErrorValues = { ...values, param, message };
  const template = chineseSentences[code]!;
  const names = template.match(/\{\w+\}/g) ?? [];
  // An error of another release may come without the numbers.
  if (!names.every((name) => Object.hasOwn(known, name.slice(1, -1)))) return undefined;
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(known[name]));
}
