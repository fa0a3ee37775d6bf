// Lints both unbundled OpenAPI documents with Redocly's strict rules. The socket's document has its own gate.
import { fileURLToPath } from 'node:url';
import { createConfig, lint } from '@redocly/openapi-core';

/** Every finding in the document at the path `path`, one sentence each with its place. Empty if there is none. */
export async function findings(path: string, rules: Record<string, 'off'> = {}): Promise<string[]> {
  const problems = await lint({ ref: path, config: await createConfig({ extends: ['recommended-strict'], rules }) });
  return problems.map(({ ruleId, message, location: [place] }) => {
    return `${place?.source.absoluteRef ?? path}${place?.pointer ?? ''}: ${message} (${ruleId})`;
  });
}

if (import.meta.main) {
  const specs = fileURLToPath(new URL('../..', import.meta.url));
  const found = [
    ...(await findings(`${specs}openapi.yaml`)),
    // The internal API has one default response for all refusals, which the rule does not count as 4XX. It also has the
    // schemas of a room token, which no operation refers to.
    ...(await findings(`${specs}openapi.internal.yaml`, {
      'operation-4xx-response': 'off',
      'no-unused-components': 'off',
    })),
  ];
  for (const sentence of found) console.error(sentence);
  process.exitCode = found.length > 0 ? 1 : 0;
}
