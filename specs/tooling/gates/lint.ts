// Lints both OpenAPI documents, as written, with Redocly's strict rules. The socket's document has a gate of its own.
import { fileURLToPath } from 'node:url';
import { createConfig, lint } from '@redocly/openapi-core';

/** Every finding in a document (a path), one sentence each with where it is. Empty when there is none. */
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
    // The internal wire has one default response for all refusals; the rule does not see 4XX in it. And it says what is
    // in a room token, which no operation carries here.
    ...(await findings(`${specs}openapi.internal.yaml`, {
      'operation-4xx-response': 'off',
      'no-unused-components': 'off',
    })),
  ];
  for (const sentence of found) console.error(sentence);
  process.exitCode = found.length > 0 ? 1 : 0;
}
