/** A synthesised CloudFormation template. */
export interface Template {
  readonly Resources: { readonly [logicalId: string]: Resource };
}

interface Resource {
  readonly Type: string;
  readonly Properties: { readonly [name: string]: unknown };
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly UpdatePolicy?: unknown;
  readonly DependsOn?: string | readonly string[];
}

/** A statement of an IAM policy. */
export interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource?: unknown;
  readonly Principal?: unknown;
  readonly Condition?: unknown;
}

/** Something that must hold of a template, whatever changes. */
export interface Guarantee {
  readonly name: string;
  /** @returns logical ids (with a word on why) that break it */
  readonly broken: (resources: readonly Named[]) => readonly string[];
}

/** A resource with its logical id. */
export type Named = Resource & { readonly id: string };

/** The resources of a template, each with its logical id. */
export function resourcesOf({ Resources }: Template): readonly Named[] {
  return Object.entries(Resources).map(([id, resource]) => ({ id, ...resource }));
}

/** The resources of a type. */
export const ofType = (resources: readonly Named[], type: string) => resources.filter(({ Type }) => Type === type);
/** Logical ids of the resources. */
export const ids = (resources: readonly Named[]) => resources.map(({ id }) => id);
/** The property at a path; undefined where the path ends early. */
export const property = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce((inner, name) => (inner as { [name: string]: unknown } | undefined)?.[name], value);

/** A complaint when there are fewer than `count`: a guarantee over nothing would hold. */
export function atLeast(resources: readonly unknown[], count: number, type: string): readonly string[] {
  return resources.length >= count ? [] : [`${count} of ${type} expected, got ${resources.length}`];
}

/** The statements of a policy. */
export function statementsOf(properties: Resource["Properties"]): readonly Statement[] {
  return (property(properties, "PolicyDocument", "Statement") as readonly Statement[] | undefined) ?? [];
}
