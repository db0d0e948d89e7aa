import { atLeast, ofType, statementsOf } from "../guarantees/guarantee.ts";
import { each } from "../guarantees/mutations/mutation.ts";
import { type Variant, workerImage } from "./variant.ts";

/** Where spans are sent, and what it asks for. */
export const tracesVariants: readonly Variant[] = [
  {
    name: "traces to X-Ray, from a private network",
    context: { traces: "xray", network: "private", workerImage },
    guarantees: [
      {
        name: "API, dispatcher and workers send spans to X-Ray, may do so, and reach it",
        broken(resources) {
          const url = "/v1/traces";
          const senders = [
            ...ofType(resources, "AWS::Lambda::Function").filter(({ id }) => /^(ApiFunction|Dispatcher)/.test(id)),
            ...ofType(resources, "AWS::ECS::TaskDefinition"),
          ];
          const allowed = ofType(resources, "AWS::IAM::Policy").filter(({ Properties }) =>
            statementsOf(Properties).some(({ Action }) => [Action].flat().includes("xray:PutSpans")),
          );
          return [
            ...senders
              .filter(({ Properties }) => !JSON.stringify(Properties).includes(url))
              .map(({ id }) => `${id} sends no spans`),
            ...["ApiFunctionRole", "DispatcherRole", "WorkersTaskTaskRole"]
              .filter((role) => !allowed.some(({ id }) => id.startsWith(role)))
              .map((role) => `${role} may send no spans`),
            ...atLeast(
              ofType(resources, "AWS::EC2::VPCEndpoint").filter(({ Properties }) =>
                JSON.stringify(Properties.ServiceName).includes(".xray"),
              ),
              1,
              "way to X-Ray",
            ),
            ...atLeast(senders, 3, "sender of spans"),
          ];
        },
      },
    ],
    mutations: [
      [
        "workers may not send spans",
        /WorkersTaskTaskRole may send no spans/,
        (t) =>
          each(t, "AWS::IAM::Policy", /^WorkersTaskTaskRole/, ({ Properties }) => {
            Properties.PolicyDocument.Statement = [];
          }),
      ],
      [
        "the API sends no spans",
        /ApiFunction\w+ sends no spans/,
        (t) =>
          each(t, "AWS::Lambda::Function", /^ApiFunction/, ({ Properties }) => {
            delete Properties.Environment;
          }),
      ],
    ],
  },
  {
    name: "traces to a collector that asks for a token",
    context: {
      traces: "https://collector.example/v1/traces",
      tracesHeadersSecret: "z-image/collector",
      network: "private",
      workerImage,
    },
    guarantees: [
      {
        name: "the collector's token is read from its secret by those who send spans, and stands nowhere",
        broken(resources) {
          const senders = [
            ...ofType(resources, "AWS::Lambda::Function").filter(({ id }) => /^(ApiFunction|Dispatcher)/.test(id)),
            ...ofType(resources, "AWS::ECS::TaskDefinition"),
          ];
          const readers = ofType(resources, "AWS::IAM::Policy").filter(({ Properties }) =>
            statementsOf(Properties).some(
              ({ Action, Resource }) =>
                [Action].flat().includes("secretsmanager:GetSecretValue") &&
                JSON.stringify(Resource).includes(":secret:z-image/collector-??????"),
            ),
          );
          return [
            ...senders
              .filter(({ Properties }) => !JSON.stringify(Properties).includes("TRACES_HEADERS_SECRET"))
              .map(({ id }) => `${id} knows no secret`),
            ...senders
              .filter(({ Properties }) => JSON.stringify(Properties).includes("OTEL_EXPORTER_OTLP_TRACES_HEADERS"))
              .map(({ id }) => `${id} has the token in plain text`),
            ...["ApiFunctionRole", "DispatcherRole", "WorkersTaskTaskRole"]
              .filter((role) => !readers.some(({ id }) => id.startsWith(role)))
              .map((role) => `${role} may not read the secret`),
            ...atLeast(
              ofType(resources, "AWS::EC2::VPCEndpoint").filter(({ Properties }) =>
                JSON.stringify(Properties.ServiceName).includes(".secretsmanager"),
              ),
              1,
              "way to Secrets Manager",
            ),
            ...atLeast(senders, 3, "sender of spans"),
          ];
        },
      },
    ],
    mutations: [
      [
        "the token is written down",
        /ApiFunction\w+ has the token in plain text/,
        (t) =>
          each(t, "AWS::Lambda::Function", /^ApiFunction/, ({ Properties }) => {
            Properties.Environment.Variables.OTEL_EXPORTER_OTLP_TRACES_HEADERS = "api-key=1";
          }),
      ],
      [
        "workers may not read the secret",
        /WorkersTaskTaskRole may not read the secret/,
        (t) =>
          each(t, "AWS::IAM::Policy", /^WorkersTaskTaskRole/, ({ Properties }) => {
            Properties.PolicyDocument.Statement = [];
          }),
      ],
      [
        "workers are not told of the secret",
        /WorkersTask\w+ knows no secret/,
        (t) =>
          each(t, "AWS::ECS::TaskDefinition", /./, ({ Properties }) => {
            Properties.ContainerDefinitions[0].Environment = [];
          }),
      ],
    ],
  },
];
