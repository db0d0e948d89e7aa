import { recordType } from "../ports/record.ts";

/** An account owns jobs, files and money. Keys authenticate as it. */
export interface Account {
  /** `acc_` + ULID. */
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  /** What signs the webhooks of single jobs. */
  readonly webhookSecrets: readonly string[];
  /**
   * Secrets from before a rotation, newest first, which sign as well until they expire. Times in milliseconds since the
   * epoch.
   */
  readonly replacedSecrets?: readonly { readonly value: string; readonly expiresAt: number }[];
  readonly terms?: AccountTerms;
}

export const accountRecord = recordType<Account>("account", ["id"]);

/**
 * Terms that an operator grants an account. An absent limit means unlimited, except that an account without `unlimited`
 * must have credit.
 */
export interface AccountTerms {
  /** May spend below zero; for one's own machine, and for customers who pay later. */
  readonly unlimited?: boolean;
  /** Most micro-units in a calendar month (UTC). */
  readonly monthlyCap?: number;
  /** Requests to the API in a minute, of all its keys together. */
  readonly requestsPerMinute?: number;
  /** Maximum number of open jobs. */
  readonly maxOpenJobs?: number;
  /** Without effect since accounts take equal turns; kept because stored accounts and scripts have it. */
  readonly weight?: number;
  /**
   * Its webhook endpoints are told (`balance.low`) when the spendable micro-units fall below this, and again after a
   * credit above it.
   */
  readonly lowBalance?: number;
  /** Customer id at the billing system that usage is reported to. */
  readonly meterCustomer?: string;
}

/** The index partition that lists all accounts. */
export const accountList = "ACCOUNTS";
