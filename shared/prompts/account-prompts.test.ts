import { promptsConformance } from "../../test/conformance/prompts.conformance.ts";
import { openEmbeddedItems } from "../embedded/items.ts";

promptsConformance("SQLite", async () => openEmbeddedItems(":memory:"));
