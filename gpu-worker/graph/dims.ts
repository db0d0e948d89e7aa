/**
 * One axis of a value: a size, or a size known only at run time. Symbols are monomials of atoms, `"S"`, `"B*S"`,
 * `"8*h"`, in one canonical spelling (coefficient first, then atoms in alphabetical order), so equal sizes are equal
 * strings.
 */
export type Dim = number | string;

interface Monomial {
  readonly coefficient: number;
  readonly atoms: readonly string[];
}

function parse(dim: Dim): Monomial {
  if (typeof dim === "number") return { coefficient: dim, atoms: [] };
  const factors = dim.split("*");
  const coefficient = Number(factors[0]);
  return Number.isNaN(coefficient) ? { coefficient: 1, atoms: factors } : { coefficient, atoms: factors.slice(1) };
}

function format({ coefficient, atoms }: Monomial): Dim {
  if (atoms.length === 0 || coefficient === 0) return coefficient;
  const symbols = atoms.toSorted().join("*");
  return coefficient === 1 ? symbols : `${coefficient}*${symbols}`;
}

export function productOf(dims: readonly Dim[]): Dim {
  return dims.map(parse).reduce<Dim>((product, factor) => {
    const { coefficient, atoms } = parse(product);
    return format({ coefficient: coefficient * factor.coefficient, atoms: [...atoms, ...factor.atoms] });
  }, 1);
}

/** @throws Error when the division leaves a rest, or may leave one at run time */
export function divide(dim: Dim, divisor: number): Dim {
  const { coefficient, atoms } = parse(dim);
  if (coefficient % divisor !== 0) throw new Error(`axis of ${dim} cannot be divided by ${divisor}`);
  return format({ coefficient: coefficient / divisor, atoms });
}

export function sameDims(a: readonly Dim[], b: readonly Dim[]): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

/**
 * The dims of an elementwise result, by the rule that aligns axes from the right and stretches axes of 1. `undefined`
 * when they do not fit.
 */
export function broadcast(a: readonly Dim[], b: readonly Dim[]): Dim[] | undefined {
  const rank = Math.max(a.length, b.length);
  const dims: Dim[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const left = a[a.length - rank + axis] ?? 1;
    const right = b[b.length - rank + axis] ?? 1;
    if (left !== right && left !== 1 && right !== 1) return undefined;
    dims.push(left === 1 ? right : left);
  }
  return dims;
}

export function show(dims: readonly Dim[]): string {
  return `[${dims.join(", ")}]`;
}
