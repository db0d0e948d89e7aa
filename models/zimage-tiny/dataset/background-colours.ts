import type { Language } from "./emoji-object.ts";

export type BackgroundName = "white" | "black" | "red" | "blue" | "green" | "yellow" | "pink" | "purple";

export interface BackgroundColour {
  /** 8-bit sRGB. */
  readonly rgb: readonly [number, number, number];
  readonly names: Readonly<Record<Language, string>>;
}

/** The grounds that a prompt can ask for. White is the one that needs no words. */
export const backgroundColours: Readonly<Record<BackgroundName, BackgroundColour>> = {
  white: { rgb: [255, 255, 255], names: { en: "white", zh: "白色" } },
  black: { rgb: [20, 20, 24], names: { en: "black", zh: "黑色" } },
  red: { rgb: [225, 55, 50], names: { en: "red", zh: "红色" } },
  blue: { rgb: [50, 110, 230], names: { en: "blue", zh: "蓝色" } },
  green: { rgb: [60, 170, 80], names: { en: "green", zh: "绿色" } },
  yellow: { rgb: [250, 215, 70], names: { en: "yellow", zh: "黄色" } },
  pink: { rgb: [250, 165, 195], names: { en: "pink", zh: "粉色" } },
  purple: { rgb: [150, 90, 210], names: { en: "purple", zh: "紫色" } },
};

export const backgroundNames = Object.keys(backgroundColours) as readonly BackgroundName[];
