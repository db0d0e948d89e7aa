import { join } from "node:path";
import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import { itemsConformance } from "./items.conformance.ts";
import { temporaryFolder } from "./temporary-folder.ts";

itemsConformance("SQLite in a file", async () => openEmbeddedItems(join(temporaryFolder(), "items.db")));
itemsConformance("SQLite in memory", async () => openEmbeddedItems(":memory:"));
