import { analyse } from "scslre";
import { findRegularExpressions } from "./find-regular-expressions.ts";

/** Expressions that are only known when they run, by file, and why no input can make one slow. */
const builtOfConstants: ReadonlyMap<string, string> = new Map([
  ["functions/api/access/usage.ts", "a bounded repetition of a constant number"],
  ["shared/embedded/objects.ts", "a bounded repetition of a constant number"],
  ["gpu-worker/weights/lora/lora-scaling.ts", "of a file, which simpleExpression and three repetitions bound"],
  ["gpu-worker/training/captions/byte-level-bpe.ts", "a constant, over captions of ours"],
  ["gpu-worker/graph/architectures/control-net-config.ts", "a constant name and digits"],
  ["gpu-worker/cli/check-full-size.ts", "a constant number of a layer"],
]);

/**
 * Complaints about the regular expressions of a module that input could make slow: nested or adjacent repetitions that
 * match the same characters, and repetitions that a search starts anew at each character. Each would take time that
 * grows faster than the text, and holds up every other request meanwhile.
 */
export function slowRegularExpressions(file: string, text: string): string[] {
  const { expressions, dynamic } = findRegularExpressions(file, text);
  const complaints = expressions.flatMap(({ source, flags, line }) =>
    analyse({ source, flags }, { reportTypes: { Move: true } }).reports.map(({ type, exponential }) => {
      const growth = exponential ? "exponential" : "quadratic or worse";
      return `${file}:${line}: /${source}/${flags} takes ${growth} time: ${remedies[type]}`;
    }),
  );
  if (dynamic.length > 0 && !builtOfConstants.has(file)) {
    for (const { line } of dynamic) {
      complaints.push(
        `${file}:${line}: a regular expression that is built when it runs; write a literal, or say in ` +
          "test/regular-expressions/slow-regular-expressions.ts why no input can make it slow",
      );
    }
  }
  return complaints;
}

const remedies = {
  Trade: "two repetitions share characters; make them disjoint, or bound one",
  Self: "a repetition inside a repetition; take one away",
  Move: "the search begins again at each character; anchor its beginning, for example with a lookbehind",
} as const;
