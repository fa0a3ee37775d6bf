// Whether what came is what the documents show. Everything must be equal but what no document can know: the ids, times
// and tokens that a server makes. A made id must be another one wherever another one is shown.

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const MADE = [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/];

/** Ids as shown, each with the one that came in its place. */
export type Names = Map<string, string>;

/** Every difference, one sentence each; fills `names`. */
export function differences(shown: unknown, came: unknown, names: Names = new Map(), at = ''): string[] {
  const differ = [`${at || '/'}: ${JSON.stringify(shown)} is shown, ${JSON.stringify(came)} came`];
  if (typeof shown === 'string' && typeof came === 'string') {
    if (at.endsWith('/requestId') || MADE.some((made) => made.test(shown) && made.test(came))) return [];
    if (!UUID.test(shown) || !UUID.test(came)) return shown === came ? [] : differ;
    const known = names.get(shown);
    const taken = known === undefined && [...names.values()].includes(came);
    names.set(shown, known ?? came);
    return taken || names.get(shown) !== came ? differ : [];
  }
  if (typeof shown !== 'object' || typeof came !== 'object' || shown === null || came === null) {
    return shown === came ? [] : differ;
  }
  const keys = new Set([...Object.keys(shown), ...Object.keys(came)]);
  return [...keys].flatMap((key) =>
    differences((shown as never)[key] as unknown, (came as never)[key] as unknown, names, `${at}/${key}`),
  );
}
