import * as ssm from "aws-cdk-lib/aws-ssm";
import { Construct } from "constructs";
import { settingsParameterName } from "../config/remembered-settings.ts";

export interface SettingsRecordProps {
  readonly environment: string;
  /** As `settingsToRemember` gives them. */
  readonly settings: { readonly [key: string]: string };
}

/**
 * What this deployment is set to, for the next one: a part of the stack, so that a deployment that fails takes its
 * settings back as well.
 */
export class SettingsRecord extends Construct {
  constructor(scope: Construct, id: string, { environment, settings }: SettingsRecordProps) {
    super(scope, id);
    new ssm.StringParameter(this, "Parameter", {
      parameterName: settingsParameterName(environment),
      description: "Z-Image: settings that differ from the defaults; npm run deploy reads and replaces them",
      stringValue: JSON.stringify(settings),
      // Up to 4 KB cost nothing; prices of one's own may need more.
      tier: ssm.ParameterTier.INTELLIGENT_TIERING,
    });
  }
}
