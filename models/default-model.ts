import { join } from "node:path";

/** What is drawn with when nobody names a model: the small one that this repository trains and carries. */
export const defaultModel = { dir: join(import.meta.dirname, "zimage-tiny/model"), id: "zimage-tiny" } as const;
