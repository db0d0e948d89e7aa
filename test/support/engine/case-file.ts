import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../cases/", import.meta.url));

/** A file of `test/cases/`: what people have in their folders and send to the API, with what should come of it. */
export const caseFile = (path: string): string => `${root}${path}`;
