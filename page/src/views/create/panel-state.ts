import { signal } from "@preact/signals";

export type PanelTab = "settings" | "code";

/** What stands beside the feed. */
export const panel = signal<PanelTab | null>(null);

/** The part of the settings that was asked for, until it has the focus. */
export const wantedSetting = signal<string | null>(null);

/** A second press on the same chip closes it, unless a part of it is meant. */
export function openPanel(tab: PanelTab, setting: string | null = null): void {
  panel.value = panel.peek() === tab && setting === null ? null : tab;
  wantedSetting.value = setting;
}
