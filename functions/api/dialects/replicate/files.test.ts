import { expect, it } from "vitest";
import { createLinkSigner } from "../../../../shared/access/signed-link.ts";
import { jobRetentionS } from "../../../../shared/limits.ts";
import type { UploadedFile } from "../../files/uploaded-files.ts";
import { replicateFiles } from "./files.ts";

const createdAt = Date.UTC(2026, 0, 1);
const link = createLinkSigner({ secret: "s", origin: "https://api.example", now: () => createdAt, lifeS: 60 });
const file: UploadedFile = {
  id: "rf_1",
  accountId: "acc_1",
  filename: "cup.png",
  contentType: "image/png",
  bytes: 3,
  sha256: "abc",
  metadata: {},
  createdAt,
} as UploadedFile;

it("shows a file with a link that needs no header, and when it is deleted", async () => {
  const shown = replicateFiles.present(file, link) as { urls: { get: string }; expires_at: string };
  expect(shown).toMatchObject({ id: "rf_1", name: "cup.png", size: 3, etag: "abc", checksums: { sha256: "abc" } });
  expect(shown.urls.get).toMatch(/^https:\/\/api\.example\/.*rf_1/);
  expect(Date.parse(shown.expires_at) - createdAt).toBe(jobRetentionS * 1_000);
});

it("leads to the next page while there is one", () => {
  const page = (hasMore: boolean) => replicateFiles.presentList({ files: [file], hasMore }, link);
  expect(page(true)).toMatchObject({ next: "https://api.example/v1/files?after=rf_1", previous: null });
  expect(page(false)).toMatchObject({ next: null });
});
