import { findDynamoDbLocal, findMoto } from "./aws-emulators.ts";

/**
 * Run once before the tests: says in one line which drivers cannot be tested here, or ends the run where that is not
 * allowed.
 */
export default function checkAwsEmulators(): void {
  const missing = [
    ...(findDynamoDbLocal() ? [] : ["DynamoDB (needs java and DynamoDB Local: run .ci/fetch-dynamodb-local.sh)"]),
    ...(findMoto() ? [] : ["SQS and S3 (need moto_server: pip install 'moto[server]==5.2.1', or set MOTO_SERVER)"]),
  ];
  if (missing.length === 0) return;
  const message = `Left out, the conformance suites of the AWS drivers for ${missing.join(" and ")}.`;
  if (process.env.REQUIRE_AWS_EMULATORS === "1") throw new Error(`${message} REQUIRE_AWS_EMULATORS=1 forbids that.`);
  console.log(message);
}
