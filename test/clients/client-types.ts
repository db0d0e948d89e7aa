import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** A parameter of a request, as a client's published types declare it. */
export interface TypedParameter {
  readonly name: string;
  readonly required: boolean;
  /** Source text of its type. */
  readonly type: string;
}

/** A file of a package that is installed here, whatever the package exports. */
export function readPackageFile(packageName: string, path: string): string {
  let folder = dirname(createRequire(import.meta.url).resolve(packageName));
  while (!folder.endsWith(packageName)) folder = dirname(folder);
  return readFileSync(join(folder, path), "utf8");
}

/**
 * Members of an object type or interface in a declaration file. TypeScript 7 has no compiler to call from JavaScript;
 * these files are generated, a member to a line.
 * @throws Error when there is no such type, so that a renamed one is not taken for one without members
 */
export function parametersOf(declarations: string, typeName: string): TypedParameter[] {
  const alias = new RegExp(`export type ${typeName} = (\\w+);`).exec(declarations)?.[1];
  if (alias !== undefined) return parametersOf(declarations, alias);
  const start = new RegExp(`export (?:type ${typeName} =|interface ${typeName}(?: extends \\w+)?) \\{\\n`).exec(
    declarations,
  );
  if (start === null) throw new Error(`${typeName} is not declared`);
  const from = start.index + start[0].length;
  const body = declarations.slice(from, declarations.indexOf("\n}", from));
  const members = [...body.matchAll(/^ {4}(\w+)(\??): ([^;]+);/gm)];
  if (members.length === 0) throw new Error(`${typeName} has no members`);
  return members.map(([, name = "", optional, type = ""]) => ({ name, required: optional === "", type }));
}
