import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import { clientRetryConformance } from "./client-retry.conformance.ts";

clientRetryConformance("SQLite", async () => openEmbeddedItems(":memory:"));
