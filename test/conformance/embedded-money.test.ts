import { openEmbeddedItems } from "../../shared/embedded/items.ts";
import { moneyConformance } from "./money.conformance.ts";

moneyConformance("SQLite", async () => openEmbeddedItems(":memory:"));
