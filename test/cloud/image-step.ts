export async function buildAndRunImage(_: unknown): Promise<string[]> {
  throw new Error("not yet");
}
