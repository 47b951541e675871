// Which events are shown, and in which order: by day, then by session. Pure.

import type { Entry } from 'nudge-client';
import { markOf, placeOf, titleOf } from './words';

/** Empty: all of them. */
export interface Filter {
  kind: string;
  project: string;
  device: string;
  text: string;
  isUnpushed: boolean;
}

export const ALL: Filter = { kind: '', project: '', device: '', text: '', isUnpushed: false };

export const projectOf = ({ event: { project } }: Entry) => project.name ?? project.directory ?? '';

export function passes(entry: Entry, { kind, project, device, text, isUnpushed }: Filter): boolean {
  const { event, receipts } = entry;
  if (kind && event.kind !== kind) return false;
  if (project && projectOf(entry) !== project) return false;
  if (device && !receipts.some((receipt) => receipt.device === device)) return false;
  if (isUnpushed && markOf(entry) === 'pushed') return false;
  if (!text) return true;
  const said = [titleOf(event), placeOf(event), event.body, event.session.title, entry.id];
  return said.join('\n').toLowerCase().includes(text.toLowerCase());
}

/** A session stands where its newest event stands. */
export function groupsOf(feed: readonly Entry[], dayOf: (atMs: number) => string) {
  const days = new Map<string, Map<string, Entry[]>>();
  const byTime = [...feed].sort((one, other) => other.ts - one.ts);
  for (const entry of byTime) {
    const day = dayOf(entry.ts);
    const groups = days.get(day) ?? new Map<string, Entry[]>();
    days.set(day, groups);
    const key = entry.event.session.id ? `s ${entry.event.session.id}` : `e ${entry.id}`;
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  return [...days].map(([day, groups]): [string, Entry[][]] => [day, [...groups.values()]]);
}
