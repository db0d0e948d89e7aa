interface MutableResource {
  Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: mutations reach into any property
  Properties: any;
  DeletionPolicy?: string;
  UpdatePolicy?: unknown;
  UpdateReplacePolicy?: string;
  DependsOn?: string | readonly string[];
}
export type MutableTemplate = { Resources: { [id: string]: MutableResource } };

/** Changes the resources of a type whose logical id fits. */
export function each(
  mutable: MutableTemplate,
  type: string,
  pattern: RegExp,
  change: (resource: MutableResource) => void,
) {
  const found = Object.entries(mutable.Resources).filter(([id, { Type }]) => Type === type && pattern.test(id));
  if (found.length === 0) throw new Error(`the mutation finds no ${type} like ${pattern}`);
  for (const [, resource] of found) change(resource);
}

/** Deletes the resources of a type whose logical id fits. */
export const remove = (mutable: MutableTemplate, type: string, pattern: RegExp) => {
  for (const [id, { Type }] of Object.entries(mutable.Resources)) {
    if (Type === type && pattern.test(id)) delete mutable.Resources[id];
  }
};

/** The statements of a policy. */
export const policy = (resource: MutableResource) => resource.Properties.PolicyDocument.Statement;

/** A change that might be made by accident, and the complaint that must stop it. */
export type Mutation = readonly [what: string, complaint: RegExp, mutate: (mutable: MutableTemplate) => void];
