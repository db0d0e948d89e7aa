import type { Clock } from "../../shared/ports/clock.ts";
import { readDeployedResources } from "./deployed-resources.ts";
import { prepareTeardown } from "./prepare-teardown.ts";
import { openTeardownActions } from "./teardown-actions.ts";

export interface DestroyOptions {
  readonly region: string;
  readonly stack: string;
  /** The stack was deployed with `retainData=false`: its data goes with it. */
  readonly deleteData: boolean;
  readonly clock: Clock;
  readonly write: (text: string) => void;
  /** `cdk destroy`. @returns its exit status */
  readonly destroy: () => Promise<number>;
}

/** Brings a deployment to rest and deletes its stack. @returns the exit status */
export async function destroyStack({ destroy, ...options }: DestroyOptions): Promise<number> {
  const { region, stack, deleteData } = options;
  const actions = openTeardownActions(region);
  try {
    await prepareTeardown({ ...options, actions, resources: await readDeployedResources(region, stack) });
    const status = await destroy();
    if (status === 0 || !deleteData) return status;
    // Access logs arrive hours late: a bucket that was emptied may hold some again when its turn comes.
    await prepareTeardown({ ...options, actions, resources: await readDeployedResources(region, stack) });
    return await destroy();
  } finally {
    actions.close();
  }
}
