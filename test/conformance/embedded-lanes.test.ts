import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import { lanesConformance } from "./lanes.conformance.ts";

lanesConformance("SQLite", async () => openEmbeddedItems(":memory:"));
