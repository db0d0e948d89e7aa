import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import * as apigateway from "aws-cdk-lib/aws-apigateway";
import { expect, it } from "vitest";
import { addGatewayProblems } from "./gateway-problems.ts";

interface GatewayResponse {
  readonly ResponseType: string;
  readonly StatusCode: string;
  readonly ResponseParameters: { readonly [header: string]: string };
  readonly ResponseTemplates: { readonly "application/json": string };
}

const stack = new Stack(new App(), "S");
const api = new apigateway.RestApi(stack, "Api");
api.root.addMethod("GET");
addGatewayProblems(api);
const responses = Object.values(Template.fromStack(stack).findResources("AWS::ApiGateway::GatewayResponse")).map(
  ({ Properties }) => Properties as GatewayResponse,
);
const problemOf = ({ ResponseTemplates }: GatewayResponse) => JSON.parse(ResponseTemplates["application/json"]);

it.each(
  responses.map((response) => [response.ResponseType, response] as const),
)("answers %s with a problem", (_, response) => {
  const problem = problemOf(response);
  expect(problem).toMatchObject({ type: `urn:z-image:problem:${problem.code}`, instance: "$context.path" });
  expect(String(problem.status)).toBe(response.StatusCode);
  // Says when to try again exactly where trying again helps.
  const retryAfter = response.ResponseParameters["gatewayresponse.header.Retry-After"];
  expect(retryAfter).toBe(problem.retryable ? "'5'" : undefined);
});

it("covers what is not named by the two defaults", () => {
  const types = responses.map(({ ResponseType }) => ResponseType);
  expect(types).toEqual(expect.arrayContaining(["DEFAULT_4XX", "DEFAULT_5XX"]));
});
