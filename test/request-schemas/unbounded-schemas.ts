import { parseSync, Visitor } from "oxc-parser";

/** What bounds each kind of schema: one of each list must be called on it. */
const bounds: { readonly [kind: string]: readonly (readonly string[])[] } = {
  string: [["max", "length", "regex", "transform", "refine"]],
  number: [
    ["max", "lt", "lte", "negative", "nonpositive"],
    ["min", "gt", "gte", "positive", "nonnegative"],
  ],
  array: [["max", "length"]],
};

interface Expression {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Where a module makes a zod schema of a text, number or list without a bound. Looks at the calls on the schema itself.
 * `z.enum`, `z.literal` and objects are bounded by what they name, `z.int` by what a double holds exactly, and records
 * by the members that a body may have (`json-body.ts`).
 * @returns `file:line: z.string() without max, …`
 */
export function unboundedSchemas(file: string, text: string): string[] {
  const complaints: string[] = [];
  /** By the end of the innermost call: the methods called on its result. */
  const chains = new Map<number, { readonly kind: string; readonly start: number; readonly methods: string[] }>();
  const visitor = new Visitor({
    "CallExpression:exit"(node) {
      const { callee } = node;
      if (callee.type !== "MemberExpression" || callee.property.type !== "Identifier") return;
      const object: Expression = callee.object;
      const name = callee.property.name;
      // Keys of a record: bounded with its members.
      if ("name" in object && object.name === "z" && name === "record") {
        for (const part of node.arguments) chains.delete(part.end);
      }
      if ("name" in object && object.name === "z" && Object.hasOwn(bounds, name)) {
        chains.set(node.end, { kind: name, start: node.start, methods: [] });
        return;
      }
      const chain = chains.get(object.end);
      if (chain === undefined) return;
      chains.delete(object.end);
      chain.methods.push(name);
      chains.set(node.end, chain);
    },
  });
  visitor.visit(parseSync(file, text).program);
  for (const { kind, start, methods } of chains.values()) {
    const missing = bounds[kind]!.filter((ways) => !ways.some((way) => methods.includes(way)));
    const line = text.slice(0, start).split("\n").length;
    for (const [way] of missing) complaints.push(`${file}:${line}: z.${kind}() without ${way}`);
  }
  return complaints;
}
