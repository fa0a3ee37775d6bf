// Parses the text format of Prometheus: series with their labels, sums over series, differences between two scrapes.
import type { Json } from './people.ts';

export interface Series {
  name: string;
  labels: Record<string, string>;
  value: number;
}

/** Every series of a service's internal listener. */
export async function scrape(internalUrl: string): Promise<Series[]> {
  return parse(await (await fetch(`${internalUrl}/metrics`)).text());
}

export function parse(text: string): Series[] {
  return Array.from(text.matchAll(/^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/gm), ([, name, labels, value]) => ({
    name: name!,
    labels: Object.fromEntries(
      Array.from((labels ?? '').matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g), ([, key, of]) => [key, of]),
    ) as Record<string, string>,
    value: Number(value === '+Inf' ? 'Infinity' : value),
  }));
}

/** The sum of the series of this name with these labels; undefined when there is none. */
export function sumOf(series: readonly Series[], name: string, labels: Record<string, string> = {}) {
  const found = series.filter(
    (one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value),
  );
  return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
}

/** A series by name and labels, e.g. `['parlance_messages_total', { outcome: 'stored' }]`. */
export type Wanted = readonly [name: string, labels?: Record<string, string>];

/** Runs `what`. @returns the change of each series; a series that did not exist before counts as 0. */
export async function changed(
  internalUrl: string,
  wanted: readonly Wanted[],
  what: () => Promise<Json>,
): Promise<number[]> {
  const before = await scrape(internalUrl);
  await what();
  const after = await scrape(internalUrl);
  return wanted.map((one) => (sumOf(after, ...one) ?? Number.NaN) - (sumOf(before, ...one) ?? 0));
}
