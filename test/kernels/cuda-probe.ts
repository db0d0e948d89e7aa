import { graphWithoutKernel, networkGraphs } from "./network-graphs.ts";
import { preload, probeSessions } from "./session-probe.ts";

/**
 * A process of its own, because the provider cannot end well on libraries that do nothing: it writes its results as
 * JSON and kills itself. usage: cuda-probe.ts LIBRARY ZEROS STUB...
 */
const [library, zeros, ...stubs] = process.argv.slice(2);
preload(stubs);
const graphs = [...(await networkGraphs()), graphWithoutKernel];
const results = await probeSessions(graphs, { device: "cuda", library: library! }, zeros!);
process.stdout.write(JSON.stringify(results), () => process.kill(process.pid, "SIGKILL"));
