import type * as z from "zod";
import type { ErrorValues } from "../../errors.ts";
import { describeValue } from "./describe-value.ts";

/** What is wrong with a field, to follow its name. */
export interface Explanation {
  readonly en: string;
  readonly zh: string;
  readonly values: ErrorValues;
}

/** Most choices that are listed as values. */
const maxChoices = 50;

/** Says in our own words what was expected of a field, and what came. */
export function explainIssue(issue: z.core.$ZodIssue, root: unknown): Explanation {
  const received = describeValue(issue.path.length === 0 ? root : issue.input);
  const got = `got ${received}`;
  switch (issue.code) {
    case "invalid_type": {
      if (issue.input === undefined && issue.path.length > 0)
        return { en: "is required", zh: "是必填字段", values: {} };
      const [en, zh] = typeNames[issue.expected] ?? [issue.expected, issue.expected];
      return {
        en: `must be ${en}, ${got}`,
        zh: `必须是${zh}，收到 ${received}`,
        values: { expected: issue.expected, received },
      };
    }
    case "invalid_value": {
      const choices = issue.values.map(String);
      const [only] = choices;
      const en = `must be ${choices.length === 1 ? "" : "one of "}${choices.join(", ")}, ${got}`;
      const zh = `必须是 ${choices.length === 1 ? only : `${choices.join("、")} 之一`}，收到 ${received}`;
      return { en, zh, values: { choices: choices.slice(0, maxChoices), received } };
    }
    case "too_small":
      return outOfBounds(issue, issue.minimum, issue.inclusive === false ? "above" : "least", received);
    case "too_big":
      return outOfBounds(issue, issue.maximum, "most", received);
    case "invalid_key": {
      const inner = issue.issues[0] && explainIssue(issue.issues[0], root);
      const { en = "is not allowed", zh = "不允许" } = inner ?? {};
      return { en: `has a name that ${en}`, zh: `的字段名${zh}`, values: inner?.values ?? {} };
    }
    default:
      // The messages of patterns and of our own checks say what was expected.
      return {
        en: `${issue.message}, ${got}`,
        zh: `的值无效，收到 ${received}。（${issue.message}）`,
        values: { received },
      };
  }
}

type Bound = "above" | "least" | "most";
const boundsEn: { readonly [bound in Bound]: string } = { above: "above", least: "at least", most: "at most" };
const boundsZh: { readonly [bound in Bound]: string } = { above: "大于", least: "不小于", most: "不大于" };
const countsZh: { readonly [bound in Bound]: string } = { above: "多于", least: "至少有", most: "最多有" };

function outOfBounds(
  { origin, input }: { readonly origin: string; readonly input?: unknown },
  bound: number | bigint,
  kind: Bound,
  received: string,
): Explanation {
  const length = lengthOf(origin, input);
  const counted = length ?? (typeof input === "number" ? input : received);
  const values = { [kind === "most" ? "maximum" : "minimum"]: Number(bound), received: counted };
  const got = length ?? received;
  const word = boundsEn[kind];
  if (origin === "string") {
    const en = `must have ${word} ${bound} character${bound === 1 ? "" : "s"}, got ${got}`;
    return { en, zh: `必须${countsZh[kind]} ${bound} 个字符，收到 ${got}`, values };
  }
  if (origin === "array" || origin === "set") {
    const en = `must have ${word} ${bound} entr${bound === 1 ? "y" : "ies"}, got ${got}`;
    return { en, zh: `必须${countsZh[kind]} ${bound} 项，收到 ${got}`, values };
  }
  return { en: `must be ${word} ${bound}, got ${got}`, zh: `必须${boundsZh[kind]} ${bound}，收到 ${got}`, values };
}

function lengthOf(origin: string, input: unknown): number | undefined {
  if (origin === "string" && typeof input === "string") return input.length;
  return origin === "array" && Array.isArray(input) ? input.length : undefined;
}

/** In English with its article, and in Chinese. */
const typeNames: { readonly [expected: string]: readonly [string, string] } = {
  int: ["a whole number", "整数"],
  number: ["a number", "数字"],
  object: ["an object", "对象"],
  record: ["an object", "对象"],
  array: ["a list", "列表"],
  boolean: ["true or false", " true 或 false"],
  string: ["text", "文本"],
};
