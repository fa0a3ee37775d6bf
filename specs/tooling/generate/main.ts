// The only generator: it makes everything in specs/generated/ from the YAML in specs/, and from nothing else.
// `node specs/tooling/generate/main.ts` writes; `--check` regenerates in memory and names each file that differs.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { disagreements } from './agree.ts';
import { bundle } from './bundle.ts';
import { clientForm } from './client_form.ts';
import { closed } from './close.ts';
import { handshakeSchemas, schemasOf, validatorsWanted } from './find.ts';
import { type JsonObject, readYaml } from './json.ts';
import { limitsSchema } from './limits_schema.ts';
import { operationsOf, operationsTable, operationsWanted, requestSchemas } from './operations.ts';
import { clientRulesTable, closeCodesTable, limitsTable, patternsTable, problemsTable } from './tables.ts';
import { frameTypes, httpTypes } from './types.ts';
import { validatorsDeclarations, validatorsModule } from './validators.ts';

/** Every generated file, name to text, from the sources in `dir`. Deterministic. Throws when the sources disagree. */
export async function generate(dir: string): Promise<Map<string, string>> {
  const faults = disagreements(dir);
  if (faults.length > 0) throw new Error(faults.join('\n'));

  const openapi = bundle(dir, 'openapi.yaml');
  const internal = bundle(dir, 'openapi.internal.yaml');
  const asyncapi = bundle(dir, 'asyncapi.yaml');
  const openapiServer = closed(openapi);
  const internalServer = closed(internal);
  const asyncapiServer = closed(asyncapi);
  const operations = operationsOf(internalServer);
  const wanted = [...validatorsWanted(asyncapi, internal), ...operationsWanted(operations)];
  const sources = {
    frames: { ...schemasOf(asyncapiServer), ...handshakeSchemas(asyncapiServer) },
    http: schemasOf(openapiServer),
    internal: { ...schemasOf(internalServer), ...requestSchemas(operations) },
    // Answers of a peer: a newer peer can send more properties.
    answers: schemasOf(internal),
  };

  const files: [string, string][] = [
    ['openapi.json', json(openapi)],
    ['openapi.server.json', json(openapiServer)],
    ['internal.json', json(internal)],
    ['asyncapi.json', json(asyncapi)],
    ['client.openapi.json', json(clientForm(openapi, asyncapi))],
    ['http.ts', marked(await httpTypes(openapi))],
    ['internal.ts', marked(await httpTypes(internal))],
    ['frames.ts', marked(await frameTypes(asyncapi, { ...schemasOf(asyncapi), ...handshakeSchemas(asyncapi) }))],
    ['validators.js', marked(await validatorsModule(sources, wanted))],
    ['validators.d.ts', marked(validatorsDeclarations(wanted))],
    ['internal_operations.ts', marked(operationsTable(operations))],
    ['problems.ts', marked(problemsTable(readYaml(join(dir, 'problems.yaml'))))],
    ['close_codes.ts', marked(closeCodesTable(readYaml(join(dir, 'close-codes.yaml'))))],
    [
      'client_rules.ts',
      marked(clientRulesTable(readYaml(join(dir, 'problems.yaml')), readYaml(join(dir, 'close-codes.yaml')))),
    ],
    ['patterns.ts', marked(patternsTable([openapiServer, asyncapiServer, internalServer]))],
    ['limits.ts', marked(limitsTable(readYaml(join(dir, 'limits.yaml'))))],
    [
      'Limits.yaml',
      `# generated, do not edit: npm run generate\n${stringify(limitsSchema(readYaml(join(dir, 'limits.yaml'))))}`,
    ],
  ];
  return new Map(files);
}

/** The names of the files in `dir`/generated that are out of date: changed, missing or left over. */
export async function stale(dir: string): Promise<string[]> {
  const files = await generate(dir);
  const present = readdirSync(join(dir, 'generated'));
  const differ = [...files].filter(
    ([name, text]) => !present.includes(name) || readFileSync(join(dir, 'generated', name), 'utf8') !== text,
  );
  return [...differ.map(([name]) => name), ...present.filter((name) => !files.has(name))];
}

async function write(dir: string): Promise<void> {
  const files = await generate(dir);
  const target = join(dir, 'generated');
  mkdirSync(target, { recursive: true });
  for (const name of readdirSync(target)) if (!files.has(name)) rmSync(join(target, name));
  for (const [name, text] of files) writeFileSync(join(target, name), text);
}

function json(document: JsonObject): string {
  return `${JSON.stringify(document, null, 1)}\n`;
}

function marked(text: string): string {
  return `// generated, do not edit: npm run generate\n${text}`;
}

if (import.meta.main) {
  const dir = fileURLToPath(new URL('../..', import.meta.url));
  try {
    if (process.argv.includes('--check')) {
      const names = await stale(dir);
      if (names.length > 0)
        throw new Error(names.map((name) => `specs/generated/${name} is out of date: npm run generate`).join('\n'));
    } else await write(dir);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
