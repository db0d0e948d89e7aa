import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

/**
 * Prints what an installation without development tools holds, as CycloneDX. npm writes the document; what it is told
 * to leave out is chosen here by the lock, because `--omit=dev` also drops packages that a development tool has in
 * common with the program.
 */
const root = join(import.meta.dirname, "..");

interface Component {
  readonly "bom-ref": string;
  readonly group?: string;
  readonly name: string;
  readonly version: string;
}

interface Bom {
  readonly metadata: { readonly component: object };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

interface Lock {
  readonly packages: { readonly [path: string]: { readonly version?: string; readonly dev?: boolean } };
}

const { stdout } = await promisify(execFile)("npm", ["sbom", "--package-lock-only", "--sbom-format=cyclonedx"], {
  cwd: root,
  maxBuffer: 50_000_000,
});
const bom = JSON.parse(stdout) as Bom;
const [lock, project] = await Promise.all([
  readFile(join(root, "package-lock.json"), "utf8").then((text) => JSON.parse(text) as Lock),
  readFile(join(root, "package.json"), "utf8").then((text) => JSON.parse(text) as { name: string }),
]);
const installed = new Set(
  Object.entries(lock.packages).flatMap(([path, { version, dev }]) =>
    path === "" || dev ? [] : [`${path.split("node_modules/").at(-1)}@${version}`],
  ),
);
const isKept = ({ group, name, version }: Component) =>
  installed.has(`${group === undefined ? name : `${group}/${name}`}@${version}`);
const components = bom.components.filter(isKept);
const refs = new Set(components.map((component) => component["bom-ref"]));
const rootRef = (bom.metadata.component as Component)["bom-ref"];
const dependencies = bom.dependencies
  .filter(({ ref }) => refs.has(ref) || ref === rootRef)
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => refs.has(other)) }));
const metadata = { ...bom.metadata, component: { ...bom.metadata.component, name: project.name } };
process.stdout.write(`${JSON.stringify({ ...bom, metadata, components, dependencies }, undefined, 2)}\n`);
