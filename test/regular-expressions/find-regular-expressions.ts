import { parseSync, Visitor } from "oxc-parser";

export interface FoundExpression {
  readonly source: string;
  readonly flags: string;
  readonly line: number;
}

/** A `new RegExp` whose text is only known when it runs. */
export interface DynamicExpression {
  readonly line: number;
}

/** Every regular expression in the text of a module: literals, and calls of `RegExp` with a text. */
export function findRegularExpressions(
  file: string,
  text: string,
): { readonly expressions: FoundExpression[]; readonly dynamic: DynamicExpression[] } {
  const expressions: FoundExpression[] = [];
  const dynamic: DynamicExpression[] = [];
  const lineOf = (offset: number) => text.slice(0, offset).split("\n").length;
  const found = (call: {
    readonly start: number;
    readonly callee: { readonly type: string };
    readonly arguments: readonly object[];
  }) => {
    const { callee, start } = call;
    if (!("name" in callee) || callee.name !== "RegExp") return;
    const [source, flags] = call.arguments.map((part) => ("value" in part ? part.value : undefined));
    if (typeof source !== "string") dynamic.push({ line: lineOf(start) });
    else expressions.push({ source, flags: typeof flags === "string" ? flags : "", line: lineOf(start) });
  };
  const visitor = new Visitor({
    Literal(node) {
      if (!("regex" in node)) return;
      const { pattern, flags } = node.regex;
      expressions.push({ source: pattern, flags, line: lineOf(node.start) });
    },
    NewExpression: found,
    CallExpression: found,
  });
  visitor.visit(parseSync(file, text).program);
  return { expressions, dynamic };
}
