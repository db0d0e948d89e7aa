/** Categories of OpenAI's moderation, in its order. */
const openaiCategories = [
  "harassment",
  "harassment/threatening",
  "sexual",
  "hate",
  "hate/threatening",
  "illicit",
  "illicit/violent",
  "self-harm/intent",
  "self-harm/instructions",
  "self-harm",
  "sexual/minors",
  "violence",
  "violence/graphic",
] as const;

/** Categories of block lists: OpenAI's, the names of people and of brands, and whatever else a deployer blocks. */
export const categories = [...openaiCategories, "people", "brands", "blocked"] as const;

export type Category = (typeof categories)[number];
