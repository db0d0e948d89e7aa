import type { Items } from "../../shared/ports/items.ts";

/** What a test is given: the driver, and a partition nobody else uses. */
export interface ItemsUnderTest {
  readonly items: () => Items;
  readonly partition: () => string;
}
