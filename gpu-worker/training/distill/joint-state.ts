import type { TrainState } from "../train-state.ts";

/** One network's part of the joint state, under the names of its own graph. */
export function partOf({ step, tensors }: TrainState, part: "student" | "fake"): TrainState {
  const prefix = `${part} `;
  const own = [...tensors].filter(([name]) => name.startsWith(prefix));
  return { step, tensors: new Map(own.map(([name, value]) => [name.slice(prefix.length), value])) };
}

/** The parts of both networks, each under its name. */
export function joinStates(step: number, student: TrainState, fake: TrainState): TrainState {
  const named = (part: string, { tensors }: TrainState) =>
    Array.from(tensors, ([name, value]) => [`${part} ${name}`, value] as const);
  return { step, tensors: new Map([...named("student", student), ...named("fake", fake)]) };
}
