// Compares the sources with one another before anything is generated: each limit with the places that repeat it, each
// table of codes with the enum that lists them. Reads the files as written, so that messages name files and pointers.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { frameDisagreements } from './agree_frames.ts';
import { atPointer, isObject, type Json, type JsonObject, readYaml } from './json.ts';

/** Every disagreement between the sources in `dir`, one sentence each with both places. Empty if they agree. */
export function disagreements(dir: string): string[] {
  const problems = readYaml(join(dir, 'problems.yaml'));
  const having = (key: string): string[] =>
    Object.entries(problems).flatMap(([code, row]) => (isObject(row) && row[key] !== undefined ? [code] : []));
  return [
    ...limitDisagreements(dir, readYaml(join(dir, 'limits.yaml'))),
    ...codeDisagreements(dir, 'schemas/ProblemCode.yaml', having('status'), 'with a status'),
    ...codeDisagreements(dir, 'schemas/SocketErrorCode.yaml', having('socket'), 'with socket: true'),
    ...frameDisagreements(dir),
  ];
}

function limitDisagreements(dir: string, limits: JsonObject): string[] {
  const found: string[] = [];
  for (const [name, limit] of Object.entries(limits)) {
    if (!isObject(limit) || typeof limit.value !== 'number') {
      found.push(`limits.yaml#/${name} has no number as its value`);
      continue;
    }
    for (const place of (limit.at ?? []) as string[]) {
      const stated = valueAt(dir, place);
      if (stated !== limit.value) {
        found.push(
          `limits.yaml#/${name}/value is ${limit.value}, but ${place} is ${JSON.stringify(stated) ?? 'not there'}`,
        );
      }
    }
    const product = productOf(limit, limits);
    if (product !== undefined && product !== limit.value) {
      found.push(`limits.yaml#/${name}/value is ${limit.value}, but its setting and \`times\` make it ${product}`);
    }
  }
  return found;
}

/** The default of a limit that is a multiple of another limit's setting; undefined for other limits. */
function productOf({ setting, times, least = 0 }: JsonObject, limits: JsonObject): number | undefined {
  if (times === undefined) return undefined;
  const base = Object.values(limits).find((row) => isObject(row) && row.setting === setting && row.times === undefined);
  return Math.max(Number(isObject(base) ? base.value : Number.NaN) * Number(times), Number(least));
}

function valueAt(dir: string, place: string): Json | undefined {
  const [file = '', pointer = ''] = place.split('#');
  return existsSync(join(dir, file)) ? atPointer(readYaml(join(dir, file)), pointer) : undefined;
}

function codeDisagreements(dir: string, file: string, codes: string[], which: string): string[] {
  const named = (readYaml(join(dir, file))['x-extensible-enum'] ?? []) as string[];
  return [
    ...codes
      .filter((code) => !named.includes(code))
      .map((code) => `problems.yaml has ${code} (${which}), but ${file}#/x-extensible-enum does not`),
    ...named
      .filter((code) => !codes.includes(code))
      .map((code) => `${file}#/x-extensible-enum has ${code}, but problems.yaml (${which}) does not`),
  ];
}
