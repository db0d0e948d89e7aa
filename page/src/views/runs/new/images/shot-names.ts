import { runsText } from "../../messages.ts";
import type { Shot } from "../file/create-run.ts";

const presetNames = {
  main_white: "preset_main_white",
  lifestyle: "preset_lifestyle",
  lifestyle_zh: "preset_lifestyle_zh",
  flat_lay: "preset_flat_lay",
  detail: "preset_detail",
  main_white_draw: "preset_main_white_draw",
  main_white_draw_zh: "preset_main_white_draw_zh",
  poster_en: "preset_poster_en",
  poster_zh: "preset_poster_zh",
} as const;

export function presetTitle(name: string): string {
  return Object.hasOwn(presetNames, name) ? runsText(presetNames[name as keyof typeof presetNames]) : name;
}

const methodNames = { keep_product: "keep", draw: "drawAll", restyle: "restyle", crop: "crop" } as const;

export function methodTitle(method: Shot["method"]): string {
  return runsText(methodNames[method]);
}

/** A shot whose name no other has yet. */
export function withFreeName(shot: Shot, others: readonly Shot[]): Shot {
  const taken = new Set(others.map(({ id }) => id));
  if (!taken.has(shot.id)) return shot;
  for (let n = 2; ; n++) {
    const id = `${shot.id.slice(0, 13)}-${n}`;
    if (!taken.has(id)) return { ...shot, id };
  }
}

/** Whether words decide anything about the image. */
export function drawsByWords({ method, product }: Shot): boolean {
  return method !== "crop" && !(method === "keep_product" && product?.background === "white");
}

/** Why a shot cannot be sent as it is, field by field. */
export function shotErrors(shot: Shot, others: readonly Shot[]): { readonly id?: string; readonly prompt?: string } {
  const isTwice = others.some(({ id }) => id === shot.id);
  const id = /^[a-z0-9-]{1,16}$/.test(shot.id)
    ? isTwice
      ? runsText("shotNameTwice")
      : undefined
    : runsText("shotNameBad");
  const lacksPrompt = drawsByWords(shot) && (shot.prompt ?? "").trim() === "";
  return { ...(id && { id }), ...(lacksPrompt && { prompt: runsText("promptNeeded") }) };
}

/** The shot with another method, without what belongs to the one before. */
export function withMethod(shot: Shot, method: Shot["method"]): Shot {
  const { product: _, crop: __, strength: ___, finish, ...rest } = shot;
  return {
    ...rest,
    method,
    ...(method === "keep_product" && { product: shot.product ?? {} }),
    ...(method === "draw" && finish && { finish }),
  };
}
