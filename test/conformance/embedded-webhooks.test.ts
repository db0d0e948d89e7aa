import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import { webhookEndpointsConformance } from "./webhook-endpoints.conformance.ts";
import { webhooksConformance } from "./webhooks.conformance.ts";

webhooksConformance("SQLite", async () => openEmbeddedItems(":memory:"));
webhookEndpointsConformance("SQLite", async () => openEmbeddedItems(":memory:"));
