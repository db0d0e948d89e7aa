import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import { webhooksConformance } from "./webhooks.conformance.ts";

webhooksConformance("SQLite", async () => openEmbeddedItems(":memory:"));
