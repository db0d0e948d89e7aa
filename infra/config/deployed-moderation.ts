import { environment } from "../../shared/environment.ts";
import { readModeration } from "../../shared/moderation/moderation-settings.ts";

/** What is wrong with rules for content in a deployment. @param hasWayOut - whether workers reach the internet */
export function moderationFault(json: string, hasWayOut: boolean): string | undefined {
  if (json === "") return undefined;
  try {
    const { text, image, classifier } = readModeration({ [environment.moderation]: json });
    for (const [name, hook] of Object.entries({ text, image })) {
      const { username, password } = new URL(hook?.url ?? "https://none.example");
      // It would stand in the template and in the settings of functions.
      if (username !== "" || password !== "") {
        return `${name}.url holds credentials; leave them out, and name the secret of a key by moderationKeySecret`;
      }
    }
    if (image !== undefined && !hasWayOut) {
      return `image.url is ${image.url}, which workers do not reach with network=private; give vpcId and subnetIds of a network that leads there`;
    }
    if (classifier !== undefined && !classifier.startsWith("/")) {
      return `classifier must be an absolute path in the worker's container, got ${JSON.stringify(classifier)}; what --weights DIR uploads is below /weights/model`;
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.replace(`${environment.moderation}: `, "") : String(error);
  }
}
