// Measures reads of each database through the website's public and internal API: medians of rounds in which the databases
// take turns. Checks that each answer has the expected number of entries.
import { SECRETS } from '../../stack.ts';
import { PARTS } from './fill.ts';
import type { Site, visitor, World } from './worlds.ts';

type Visitor = Awaited<ReturnType<typeof visitor>>;
export type Reader = Omit<World, 'url'> & Visitor & Pick<Site, 'url' | 'internalUrl'> & { databaseUrl: string };

interface Reading {
  title: string;
  /** The request, and the expected number of entries; undefined when it is not checked. */
  of(reader: Reader): { url: string; internal?: true; key: 'messages' | 'events' | 'rooms'; count?: number };
}

export const PAGE = 50;
const LONG_PAGE = 100;

const page = (title: string, query: (events: number) => string): Reading => ({
  title: `messages: ${title}`,
  of: ({ url, room, events }) => ({
    url: `${url}/api/rooms/${encodeURIComponent(room.name)}/messages?limit=${PAGE}${query(events)}`,
    ...{ key: 'messages', count: PAGE },
  }),
});
const search = (title: string, query: string): Reading => ({
  title,
  of: ({ url }) => ({ url: `${url}/api/rooms?limit=${PAGE}${query}`, key: 'rooms' }),
});

/** The message pages are also compared with each other. */
export const READINGS: readonly Reading[] = [
  page('newest page', () => ''),
  page('page in the middle', (events) => `&before=${events / 2}`),
  page('oldest page', () => '&after=0'),
  {
    title: 'events: resume from 100 before the end, by chat',
    of: ({ internalUrl, room, events }) => ({
      url: `${internalUrl}/rooms/${room.id}/events?after=${events - LONG_PAGE}&limit=${LONG_PAGE}`,
      ...{ internal: true, key: 'events', count: LONG_PAGE },
    }),
  },
  {
    title: 'events: from the middle, by a client',
    of: ({ url, room, events }) => ({
      url: `${url}/api/rooms/${encodeURIComponent(room.name)}/events?after=${events / 2}&limit=${LONG_PAGE}`,
      ...{ key: 'events', count: LONG_PAGE },
    }),
  },
  search('rooms: first page', ''),
  ...Object.entries(PARTS).map(([where, part]) => search(`rooms: two-letter search, ${where}`, `&query=${part}`)),
];

const WARM_ROUNDS = 5;
const PATIENCE_MS = 30_000;

/** Median ms, by reading and database. */
export async function measureReads(readers: readonly Reader[], rounds: number): Promise<number[][]> {
  const times = READINGS.map(() => readers.map(() => [] as number[]));
  for (let round = -WARM_ROUNDS; round < rounds; round += 1) {
    for (const [row, reading] of READINGS.entries()) {
      for (const [column, reader] of readers.entries()) {
        const ms = await read(reading, reader);
        if (round >= 0) times[row]![column]!.push(ms);
      }
    }
  }
  return times.map((row) => row.map(medianOf));
}

export const medianOf = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!;

async function read(reading: Reading, reader: Reader): Promise<number> {
  const { url, internal, key, count } = reading.of(reader);
  const headers = { authorization: `Bearer ${internal ? SECRETS.INTERNAL_SECRET : reader.token}` };
  const began = performance.now();
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(PATIENCE_MS) });
  const text = await answer.text();
  const ms = performance.now() - began;
  const entries = answer.status === 200 ? JSON.parse(text)[key] : undefined;
  if (!entries || (count !== undefined && entries.length !== count)) {
    throw new Error(`${reading.title}: ${answer.status}, ${entries?.length} of ${count} ${key}: ${text.slice(0, 200)}`);
  }
  return ms;
}
