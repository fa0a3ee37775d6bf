// Measures the start of a website by the number of users and rooms: the time to the first page and until the filter of
// email addresses is filled, and the memory.
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { peakRssMb, rssMb } from '../../processes.ts';
import { startSite } from './worlds.ts';

export interface StartUp {
  /** ms until a page is answered. */
  servesMs: number;
  /** ms until the filter is filled. */
  filledMs: number;
  /** The slowest page until the filter is filled, in ms. */
  slowestMs: number;
  /** RSS in MB at the first page, and its peak until the filter is filled. */
  rssMb: number;
  peakMb: number;
}

/** Interval of page requests while the filter is filled. */
const EVERY_MS = 20;
const PATIENCE_MS = 120_000;

export async function measureStartUp(databaseUrl: string): Promise<StartUp> {
  await using scope = new AsyncDisposableStack();
  const began = performance.now();
  const { process: site, url, untilServing } = await startSite(scope, databaseUrl);
  let filledMs: number | undefined;
  createInterface({ input: site.stdout! }).on('line', (line) => {
    if (line.includes('the filter of email addresses is filled')) filledMs = performance.now() - began;
  });
  await untilServing();
  const served = { servesMs: performance.now() - began, rssMb: rssMb(site.pid!) };
  let slowestMs = 0;
  while (performance.now() - began < PATIENCE_MS) {
    const asked = performance.now();
    await (await fetch(`${url}/login`)).text();
    slowestMs = Math.max(slowestMs, performance.now() - asked);
    if (filledMs !== undefined) return { ...served, filledMs, slowestMs, peakMb: peakRssMb(site.pid!) };
    await sleep(EVERY_MS);
  }
  throw new Error(`the filter was not filled in ${PATIENCE_MS} ms`);
}
