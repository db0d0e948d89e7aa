import type { Usage } from "../../../../../sdk/src/index.ts";

const dayS = 86_400;
const microPerUnit = 1_000_000;

/** Every day (UTC) of a report, those without jobs too: when it began, and what it cost in units of the currency. */
export function chartDays({
  from,
  to,
  data,
}: Pick<Usage, "from" | "to"> & { readonly data: readonly Day[] }): { readonly at: number; readonly value: number }[] {
  const charged = new Map(data.map(({ group, charged: micro }) => [Date.parse(group) / 1_000, micro / microPerUnit]));
  const [first, last] = [from, to].map((time) => Math.floor(Date.parse(time) / 1_000 / dayS) * dayS) as [
    number,
    number,
  ];
  return Array.from({ length: (last - first) / dayS + 1 }, (_, index) => {
    const at = first + index * dayS;
    return { at, value: charged.get(at) ?? 0 };
  });
}

type Day = Pick<Usage["data"][number], "group" | "charged">;
