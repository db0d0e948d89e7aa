/**
 * Commands of a shell for the first image, printed after a deployment. A fleet at zero needs minutes for it, so they
 * follow the job's events, each as it happens, and fetch the image once there is one.
 */
export function firstImageCommands(url: string, key: string | undefined): string {
  return [
    `URL=${url} KEY=${key ?? "…your key"}`,
    'JOB=$(curl -sS "$URL/v1/jobs" -H "Authorization: Bearer $KEY" -H "Content-Type: application/json" \\',
    `  -d '{"prompt": "a penguin"}' | sed 's/.*"id":"\\(job_[^"]*\\)".*/\\1/')`,
    "# The first machine takes 4 to 6 minutes; this shows the place in the queue and every step. If it ends before `done`, repeat it.",
    'curl -sSN "$URL/v1/jobs/$JOB/events?preview=none" -H "Authorization: Bearer $KEY"',
    'curl -sSL "$(curl -sS "$URL/v1/jobs/$JOB" -H "Authorization: Bearer $KEY" | sed \'s/.*"url":"\\([^"]*\\)".*/\\1/\')" \\',
    "  -o penguin.png && echo penguin.png",
  ].join("\n");
}
