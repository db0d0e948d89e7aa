import { edgeGuarantees } from "./edge-guarantees.ts";
import { functionGuarantees } from "./function-guarantees.ts";
import { type Guarantee, resourcesOf, type Template } from "./guarantee.ts";
import { limitGuarantees } from "./limit-guarantees.ts";
import { monitoringGuarantees } from "./monitoring-guarantees.ts";
import { permissionGuarantees } from "./permission-guarantees.ts";
import { storageGuarantees } from "./storage-guarantees.ts";
import { workerGuarantees } from "./worker-guarantees.ts";

/**
 * What must hold of a synthesised template, whatever changes: everything that guards data, access or money. Read as a
 * list; each entry fails with the logical id of the resource that breaks it. `guarantees.test.ts` breaks each of them
 * on purpose.
 */
export const guarantees: readonly Guarantee[] = [
  ...storageGuarantees,
  ...permissionGuarantees,
  ...functionGuarantees,
  ...edgeGuarantees,
  ...workerGuarantees,
  ...monitoringGuarantees,
  ...limitGuarantees,
];

/** @returns one line per broken guarantee; empty when all hold */
export function brokenGuarantees(template: Template, among: readonly Guarantee[] = guarantees): string[] {
  const resources = resourcesOf(template);
  return among.flatMap(({ name, broken }) => {
    const by = broken(resources);
    return by.length === 0 ? [] : [`${name}: ${by.join("; ")}`];
  });
}
