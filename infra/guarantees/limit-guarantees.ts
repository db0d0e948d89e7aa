import { atLeast, type Guarantee, type Named, ofType, property } from "./guarantee.ts";

/** Longest of what a reference becomes: an ARN or an address of a resource of ours, in characters. */
const referenceLength = 130;

/** Characters of a value once its references are filled in, at most. */
function resolvedLength(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return String(value).length;
  if ("Ref" in value || "Fn::GetAtt" in value) return referenceLength;
  const joined = property(value, "Fn::Join", 1);
  const parts = Array.isArray(joined) ? joined : Object.values(value);
  return parts.reduce((sum: number, part) => sum + resolvedLength(part), 0);
}

/** The same of a value as JSON: each name in it, with quotes and a comma, counts too. */
function documentLength(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, one) => sum + documentLength(one) + 1, 2);
  if (typeof value !== "object" || value === null || Object.keys(value).some((key) => /^(Ref$|Fn::)/.test(key))) {
    return resolvedLength(value) + 2;
  }
  return Object.entries(value).reduce((sum, [key, one]) => sum + key.length + 4 + documentLength(one), 2);
}

/** Inline policies of one role, together; without white space. */
const maxInlinePolicies = 10_240;
const maxFunctionEnvironment = 4_096;
const maxTaskDefinition = 65_536;
const maxEdgeFunction = 10_240;
/** Of the advanced tier, which a parameter moves to by itself. */
const maxParameter = 8_192;
const maxTemplate = 1_000_000;
const maxResources = 500;

/** Types whose names are an account's, whatever the region; with where the name is. */
const accountNames: { readonly [type: string]: readonly string[] } = {
  "AWS::CloudFront::CachePolicy": ["CachePolicyConfig", "Name"],
  "AWS::CloudFront::Function": ["Name"],
  "AWS::CloudFront::OriginAccessControl": ["OriginAccessControlConfig", "Name"],
  "AWS::CloudFront::ResponseHeadersPolicy": ["ResponseHeadersPolicyConfig", "Name"],
  "AWS::IAM::InstanceProfile": ["InstanceProfileName"],
  "AWS::IAM::ManagedPolicy": ["ManagedPolicyName"],
  "AWS::IAM::Role": ["RoleName"],
};
const maxRoleName = 64;

function inlinePolicies(resources: readonly Named[], role: Named): number {
  const attached = ofType(resources, "AWS::IAM::Policy").filter(({ Properties }) =>
    ((Properties.Roles as unknown[] | undefined) ?? []).some((one) => property(one, "Ref") === role.id),
  );
  const own = (role.Properties.Policies as unknown[] | undefined) ?? [];
  return [...attached.map(({ Properties }) => Properties), ...own].reduce<number>(
    (sum, policy) => sum + documentLength(property(policy, "PolicyDocument")),
    0,
  );
}

/**
 * Guarantees for what AWS refuses for its size or its name, in the middle of a deployment.
 * `guarantees.test.ts` breaks each of them.
 */
export const limitGuarantees: readonly Guarantee[] = [
  {
    name: "nothing is larger than AWS takes",
    broken(resources) {
      const over = (id: string, what: string, size: number, most: number) =>
        size > most ? [`${id}: ${what} of ${size}, and AWS takes ${most}`] : [];
      return [
        ...ofType(resources, "AWS::IAM::Role").flatMap((role) =>
          over(role.id, "inline policies", inlinePolicies(resources, role), maxInlinePolicies),
        ),
        ...ofType(resources, "AWS::Lambda::Function").flatMap(({ id, Properties }) => {
          const variables = Object.entries((property(Properties, "Environment", "Variables") as object) ?? {});
          const size = variables.reduce((sum, [name, value]) => sum + name.length + resolvedLength(value), 0);
          return over(id, "variables", size, maxFunctionEnvironment);
        }),
        ...ofType(resources, "AWS::ECS::TaskDefinition").flatMap(({ id, Properties }) =>
          over(id, "definition", documentLength(Properties), maxTaskDefinition),
        ),
        ...ofType(resources, "AWS::CloudFront::Function").flatMap(({ id, Properties }) =>
          over(id, "code", Buffer.byteLength(String(Properties.FunctionCode)), maxEdgeFunction),
        ),
        ...ofType(resources, "AWS::SSM::Parameter").flatMap(({ id, Properties }) => [
          ...over(id, "value", resolvedLength(Properties.Value), maxParameter),
          ...(Properties.Tier === "Intelligent-Tiering" ? [] : [`${id}: more than 4 KB are refused`]),
        ]),
        ...over("the template", "characters", JSON.stringify(resources).length, maxTemplate),
        ...over("the template", "resources", resources.length, maxResources),
      ];
    },
  },
  {
    name: "names that are an account's differ by region, and instance roles have the name that AWS's policy passes",
    broken(resources) {
      const named = Object.entries(accountNames).flatMap(([type, path]) =>
        ofType(resources, type)
          .map(({ id, Properties }) => ({ id, type, name: property(Properties, ...path) }))
          .filter(({ name }) => name !== undefined),
      );
      // The region of the test, or a reference to the stack's own.
      const hasRegion = (name: unknown) => /[a-z]{2}(-[a-z]+)+-\d|AWS::Region/.test(JSON.stringify(name));
      const profiles = ofType(resources, "AWS::ECS::CapacityProvider").flatMap(({ Properties }) => {
        const profile = property(
          Properties,
          "ManagedInstancesProvider",
          "InstanceLaunchTemplate",
          "Ec2InstanceProfileArn",
          "Fn::GetAtt",
          0,
        );
        return resources.filter(({ id }) => id === profile);
      });
      const instanceRoles = profiles.flatMap(({ Properties }) =>
        resources.filter(({ id }) => id === property(Properties, "Roles", 0, "Ref")),
      );
      return [
        ...named.filter(({ name }) => !hasRegion(name)).map(({ id }) => `${id} has one name in all regions`),
        ...named
          .filter(({ type, name }) => type === "AWS::IAM::Role" && resolvedLength(name) > maxRoleName)
          .map(({ id }) => `${id} has a name of more than ${maxRoleName} characters`),
        ...instanceRoles
          .filter(({ Properties }) => !String(Properties.RoleName).startsWith("ecsInstanceRole"))
          .map(({ id }) => `${id} may not be passed to instances`),
        ...atLeast(named, 4, "name of an account"),
      ];
    },
  },
];
