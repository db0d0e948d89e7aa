import { moneyConformance } from "../../test/conformance/money.conformance.ts";
import { openEmbeddedItems } from "../embedded/items.ts";

moneyConformance("SQLite", async () => openEmbeddedItems(":memory:"));
