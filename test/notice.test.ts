import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

/** NOTICE names what is shipped, each under its own licence: checked against the lock, from which it is installed. */

const root = join(import.meta.dirname, "..");
const notice = readFileSync(join(root, "NOTICE"), "utf8");

interface Locked {
  readonly license?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
}

const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
  readonly packages: { readonly [path: string]: Locked };
};
const shipped = Object.entries(lock.packages).flatMap(([path, { license, dev, link }]) =>
  path === "" || dev || link ? [] : [{ name: path.split("node_modules/").at(-1)!, license }],
);

/** Entries of a part of NOTICE, a licence a line: `- MIT: hono, zod`. A name may end in `*`. */
function licensesOf(heading: string): { readonly name: string; readonly license: string }[] {
  const from = notice.indexOf(heading);
  expect(from).toBeGreaterThanOrEqual(0);
  const part = notice.slice(from, notice.indexOf("\n\n", from));
  return part
    .replaceAll(/\n {2}/g, " ")
    .split("\n- ")
    .slice(1)
    .flatMap((line) => {
      const at = line.indexOf(": ");
      return line
        .slice(at + 2)
        .split(", ")
        .map((name) => ({ name: name.trim(), license: line.slice(0, at) }));
    });
}

it("names every package of an installation under its licence, and none that is not installed", () => {
  const entries = licensesOf("Third-party software installed with it");
  const matches = (entry: string, name: string) =>
    entry.endsWith("*") ? name.startsWith(entry.slice(0, -1)) : name === entry;
  const used = new Set<string>();
  const wrong = shipped.flatMap(({ name, license }) => {
    const [closest] = entries
      .filter((entry) => matches(entry.name, name))
      .toSorted((a, b) => b.name.length - a.name.length);
    if (closest !== undefined) used.add(`${closest.license} ${closest.name}`);
    return closest?.license === license ? [] : [`${name} (${license})`];
  });
  expect(wrong).toEqual([]);
  const idle = entries.filter(({ name, license }) => !used.has(`${license} ${name}`));
  expect(idle).toEqual([]);
});

it("says of libvips what its licence asks for", () => {
  expect(shipped.filter(({ license = "" }) => license.includes("LGPL")).length).toBeGreaterThan(0);
  expect(notice).toMatch(/libvips, .* LGPL-3\.0-or-later/);
  expect(notice).toContain("dynamically");
  expect(notice).toContain("https://github.com/libvips/libvips");
});

it("names what the page is built with", () => {
  const entries = licensesOf("Part of the page's files");
  const files = readdirSync(join(root, "page/src"), { recursive: true, encoding: "utf8" });
  const imported = files
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name))
    .flatMap((name) => [
      ...readFileSync(join(root, "page/src", name), "utf8").matchAll(
        /^(?:import|export|\}) .*?from "((?:@[\w-]+\/)?[\w-]+)/gm,
      ),
    ])
    .map(([, name]) => name!);
  for (const name of new Set(imported)) {
    const license = entries.find((entry) => entry.name === name)?.license;
    expect([name, license]).toEqual([name, lock.packages[`node_modules/${name}`]?.license]);
  }
});

it("has a list of the same packages with their versions, by command", () => {
  const text = execFileSync(process.execPath, [join(root, "local/sbom.ts")], {
    encoding: "utf8",
    maxBuffer: 50_000_000,
  });
  const { bomFormat, components, dependencies, metadata } = JSON.parse(text) as {
    readonly bomFormat: string;
    readonly metadata: { readonly component: { readonly name: string } };
    readonly components: readonly { readonly group?: string; readonly name: string; readonly "bom-ref": string }[];
    readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
  };
  expect([bomFormat, metadata.component.name]).toEqual(["CycloneDX", "z-image-pipeline"]);
  const listed = components.map(({ group, name }) => (group === undefined ? name : `${group}/${name}`));
  expect([...new Set(listed)].toSorted()).toEqual([...new Set(shipped.map(({ name }) => name))].toSorted());
  const refs = new Set(components.map((component) => component["bom-ref"]));
  expect(dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !refs.has(ref))).toEqual([]);
});
