/** How long a client waits before it sends a request again, in ms from when it lost the answer: at least, and at most. */
type Wait = readonly [shortest: number, longest: number];

/** By how often the client sent the request again before. */
export type ClientPace = readonly Wait[];

/** No client below waits longer than this, with what the way there and back adds; milliseconds. */
export const longestPaceMs = 10_000;

/**
 * Clients that send a request again whose answer was lost and do not say so, with the pace that each keeps by default. As observed with the
 * versions that `npm run test:clients` installs; docs/clients/retry.md.
 */
const paces: readonly { readonly userAgent: RegExp; readonly pace: ClientPace }[] = [
  // Vercel's AI SDK, with any provider: waits twice as long each time.
  {
    userAgent: /(?:^|\s)ai\/\d/,
    pace: [
      [2_000, 2_000],
      [4_000, 4_000],
    ],
  },
  // Twice as long each time, with up to a quarter more or less: from half a second on for `run`, from a second on for the queue.
  {
    userAgent: /^@fal-ai\/client\/\d/,
    pace: [
      [375, 1_250],
      [750, 2_500],
      [1_500, 5_000],
    ],
  },
  // Has delays in its code, and never waits.
  { userAgent: /^replicate-javascript\/\d/, pace: Array.from({ length: 5 }, () => [0, 0] as const) },
];

/** `undefined` for clients that mark what they send again, never do, or are not known. */
export function paceOf(userAgent: string | undefined): ClientPace | undefined {
  if (userAgent === undefined) return undefined;
  return paces.find((client) => client.userAgent.test(userAgent))?.pace;
}
