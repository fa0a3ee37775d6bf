// Compares a received value with the value that a document shows. They must be equal except for the ids, times and tokens
// that a server generates. Different ids in the document must be different ids in the received value.

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const MADE = [/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, /^eyJ[\w-]+\.[\w-]+\.[\w-]+$/];

/** Each id of the document, with the received id in its place. */
export type Names = Map<string, string>;

/** Every difference, one sentence each; fills `names`. */
export function differences(shown: unknown, received: unknown, names: Names = new Map(), at = ''): string[] {
  const differ = [`${at || '/'}: ${JSON.stringify(shown)} is shown, ${JSON.stringify(received)} was received`];
  if (typeof shown === 'string' && typeof received === 'string') {
    if (at.endsWith('/requestId') || MADE.some((made) => made.test(shown) && made.test(received))) return [];
    if (!UUID.test(shown) || !UUID.test(received)) return shown === received ? [] : differ;
    const known = names.get(shown);
    const taken = known === undefined && [...names.values()].includes(received);
    names.set(shown, known ?? received);
    return taken || names.get(shown) !== received ? differ : [];
  }
  if (typeof shown !== 'object' || typeof received !== 'object' || shown === null || received === null) {
    return shown === received ? [] : differ;
  }
  const keys = new Set([...Object.keys(shown), ...Object.keys(received)]);
  return [...keys].flatMap((key) =>
    differences((shown as never)[key] as unknown, (received as never)[key] as unknown, names, `${at}/${key}`),
  );
}
