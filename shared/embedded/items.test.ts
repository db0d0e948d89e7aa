import { join } from "node:path";
import { itemsConformance } from "../../test/conformance/items.conformance.ts";
import { temporaryFolder } from "../../test/conformance/temporary-folder.ts";
import { openEmbeddedItems } from "./items.ts";

itemsConformance("SQLite in a file", async () => openEmbeddedItems(join(temporaryFolder(), "items.db")));
itemsConformance("SQLite in memory", async () => openEmbeddedItems(":memory:"));
