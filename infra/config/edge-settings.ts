import { z } from "zod";
import { flag, optionalText, setting, wholeNumber } from "./setting.ts";

/** Settings of the public side: names, limits, and how images are reached. */
export const edgeSettings = {
  domainName: setting(
    optionalText(/^[a-z0-9.-]+\.[a-z]{2,}$/, "images.example.com"),
    "",
    "own domain of the service; needs hostedZoneId, or certificateArn and a DNS record of yours that points to the " +
      "distribution",
    "the distribution's name works without one",
  ),
  certificateArn: setting(
    optionalText(
      /^arn:aws[a-z-]*:acm:us-east-1:\d{12}:certificate\//,
      "arn:aws:acm:us-east-1:123456789012:certificate/…",
    ),
    "",
    "certificate for domainName, in us-east-1; with hostedZoneId npm run deploy makes one",
    "CloudFront reads certificates there alone",
  ),
  hostedZoneId: setting(
    optionalText(/^Z[0-9A-Z]{1,31}$/, "Z0123456789ABCDEFGHIJ"),
    "",
    "public hosted zone of Route 53, of this account, that gets domainName as an alias of the distribution",
    "domains are often managed elsewhere",
  ),
  waf: setting(
    flag,
    false,
    "make an AWS WAF web ACL before the distribution: reputation lists of AWS, known attacks, and a limit per address",
    "costs 8 dollars a month and 0.60 per million requests; the edge already refuses malformed keys, and the API has its " +
      "own throttle",
  ),
  wafRequestsPer5Minutes: setting(
    wholeNumber(10, 2_000_000_000),
    6_000,
    "requests that one address may make in five minutes, with waf",
    "20 a second: an office behind one address polls less, a loop that went wrong more",
  ),
  webAclArn: setting(
    optionalText(
      /^arn:aws[a-z-]*:wafv2:us-east-1:\d{12}:global\/webacl\//,
      "arn:aws:wafv2:us-east-1:…:global/webacl/…",
    ),
    "",
    "existing AWS WAF web ACL (scope CLOUDFRONT) for the distribution; with waf npm run deploy fills it in",
    "organizations that keep web ACLs centrally name theirs",
  ),
  corsOrigins: setting(
    optionalText(
      /^(\*|https?:\/\/[^\s/,]+(,https?:\/\/[^\s/,]+)*)$/,
      "https://shop.example.com,https://admin.example.com",
    ),
    "",
    "origins whose pages may call the API from a browser, separated by commas, or *",
    "keys belong on servers; a page that holds one gives it to its readers",
  ),
  imageLinks: setting(
    z.enum(["cdn", "s3"]) as z.ZodType<"cdn" | "s3">,
    "cdn",
    "`cdn`: images through CloudFront under keys nobody can guess; `s3`: links of S3 that expire",
    "cached near the reader, and S3 stays closed; take `s3` where a link must end with its time",
  ),
  requestsPerSecond: setting(
    wholeNumber(1, 10_000),
    200,
    "requests a second through API Gateway, all callers together; twice that in bursts",
    "a backstop for the bill that 200 clients can poll under once a second: a client that waits asks far more often " +
      "than it draws",
  ),
  apiRollout: setting(
    z.enum(["canary", "all-at-once"]) as z.ZodType<"canary" | "all-at-once">,
    "canary",
    "how requests come to a new version of the API function. `canary`: a tenth of them for five minutes, taken back by " +
      "itself when it fails; `all-at-once`",
    "a version that fails then fails for few; a deployment of new code takes five minutes longer, the first does not",
  ),
  reserveConcurrency: setting(
    flag,
    false,
    "reserve concurrency of Lambda for the tick (2) and the dispatcher (10)",
    "held requests cannot delay them then; an account must keep 100 unreserved, and new ones have 10 in all " +
      "(npm run doctor:aws)",
  ),
  apiConcurrency: setting(
    wholeNumber(0, 1000),
    0,
    "reserved concurrency of the API function; 0 reserves none",
    "new accounts have 10 in all and could not deploy a reservation",
  ),
};
