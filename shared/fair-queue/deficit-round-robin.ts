/** An account with jobs in line. */
export interface Contender {
  readonly id: string;
  /** Share beside the others; more than 0. */
  readonly weight: number;
  /** Jobs in the order in which they are to go, with the work of each. */
  readonly jobs: readonly { readonly id: string; readonly work: number }[];
}

/** State that a round passes to the next one. */
export interface RoundState {
  /** Work that each contender may still do in its turn. */
  readonly deficits: ReadonlyMap<string, number>;
  /** The account whose turn it is, and whether it has already received its work. */
  readonly turn?: { readonly id: string; readonly given: boolean };
}

export const firstRound: RoundState = { deficits: new Map() };

/**
 * Deficit round robin (Shreedhar and Varghese, 1995): contenders take turns, each turn is worth the same work times
 * their weight, and what is not used up is kept for the next turn, so that shares are equal in work and not in jobs.
 * An account that runs out of jobs loses its credit.
 *
 * @param slots - how many jobs to choose
 * @returns job ids in the order in which they are to go
 */
export function chooseFairly(
  state: RoundState,
  contenders: readonly Contender[],
  slots: number,
): { readonly chosen: string[]; readonly state: RoundState } {
  const ring = contenders.filter(({ jobs }) => jobs.length > 0).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const chosen: string[] = [];
  const deficits = new Map(ring.map(({ id }) => [id, state.deficits.get(id) ?? 0]));
  const positions = new Map<string, number>();
  // As much as the largest job, over the smallest weight: every turn is worth at least one job.
  const quantum = Math.max(...ring.flatMap(({ jobs }) => jobs.map(({ work }) => work)), 1);
  let at = Math.max(
    0,
    ring.findIndex(({ id }) => state.turn !== undefined && id >= state.turn.id),
  );
  let given = state.turn?.given === true && ring[at]?.id === state.turn.id;
  while (chosen.length < slots && deficits.size > 0) {
    const { id, weight, jobs } = ring[at]!;
    if (deficits.has(id)) {
      if (!given) deficits.set(id, deficits.get(id)! + quantum * weight);
      given = true;
      let position = positions.get(id) ?? 0;
      while (position < jobs.length && jobs[position]!.work <= deficits.get(id)! && chosen.length < slots) {
        const job = jobs[position++]!;
        deficits.set(id, deficits.get(id)! - job.work);
        chosen.push(job.id);
      }
      positions.set(id, position);
      if (position === jobs.length) deficits.delete(id);
      // Cut off in the middle of a turn: it goes on next time.
      else if (jobs[position]!.work <= deficits.get(id)!) break;
    }
    at = (at + 1) % ring.length;
    given = false;
  }
  const turn = ring[at];
  return { chosen, state: { deficits, turn: turn && { id: turn.id, given } } };
}
