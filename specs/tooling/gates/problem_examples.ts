// Compares the problems in the HTTP documents with problems.yaml: an example answer must be one that can occur, and
// some answer must carry every code with a status.
import { join } from 'node:path';
import { bundle, followRef } from '../generate/bundle.ts';
import { atPointer, isObject, type JsonObject, readYaml } from '../generate/json.ts';
import { documents, examplesIn } from './examples.ts';
import { objectsIn } from './walk.ts';

/**
 * Every example problem in `dir` whose type, title or status differs from its code, or whose status from the answer;
 * every code of an answer with another status than its example; and every code that no answer has.
 */
export function wrongProblems(dir: string): string[] {
  const problems = readYaml(join(dir, 'problems.yaml'));
  const wrong: string[] = [];
  for (const name of documents) {
    const document = bundle(dir, name);
    for (const { value, at } of examplesIn(document)) {
      if (!isObject(value) || typeof value.code !== 'string' || value.status === undefined) continue;
      const row = problems[value.code];
      const { type, title, status } = value;
      const told = isObject(row) && row.title === title && row.status === status;
      if (!told || type !== `/docs/problems#${value.code}`)
        wrong.push(`${name}#${at}: differs from ${value.code} in problems.yaml`);
    }
    for (const { node, pointer } of objectsIn(document, (node) => isObject(node.responses))) {
      for (const [status, response] of Object.entries(node.responses as JsonObject)) {
        const shown = shownStatus(document, response as JsonObject);
        if (/^\d+$/.test(status) && shown !== undefined && shown !== Number(status)) {
          wrong.push(`${name}#${pointer}/responses/${status}: its example says ${shown}`);
        }
      }
    }
  }
  return [...wrong, ...wrongCodes(dir, problems)];
}

function wrongCodes(dir: string, problems: JsonObject): string[] {
  const codesOf = (node: JsonObject) => (node['x-codes'] ?? node.codes ?? []) as string[];
  const statusOf = (code: string) => (problems[code] as JsonObject | undefined)?.status;
  const responses = Object.entries(atPointer(bundle(dir, 'openapi.yaml'), '/components/responses') ?? {}).map(
    ([name, response]) => ({ name, response, shown: shownStatus({}, response) }),
  );
  const refusals = atPointer(bundle(dir, 'asyncapi.yaml'), '/channels/room/x-handshake') ?? {};
  const upgrades = Object.entries(refusals).map(([status, response]) => ({
    name: `the upgrade's ${status}`,
    response,
    shown: Number(status),
  }));
  const all = [...responses, ...upgrades];
  const carried = new Set(all.flatMap(({ response }) => codesOf(response)));
  return [
    ...all.flatMap(({ name, response, shown }) => {
      const others = codesOf(response).filter((code) => statusOf(code) !== shown);
      return others.map((code) => `${name} names ${code}, which is not a ${shown}`);
    }),
    ...all.filter(({ response }) => codesOf(response).length === 0).map(({ name }) => `${name} names no codes`),
    ...Object.keys(problems)
      .filter((code) => statusOf(code) !== undefined && !carried.has(code))
      .map((code) => `no answer carries ${code}`),
  ];
}

function shownStatus(document: JsonObject, response: JsonObject): number | undefined {
  const whole = typeof response.$ref === 'string' ? followRef(document, response.$ref) : response;
  const content = isObject(whole) && isObject(whole.content) ? whole.content['application/problem+json'] : undefined;
  const example = isObject(content) && isObject(content.example) ? content.example : {};
  return typeof example.status === 'number' ? example.status : undefined;
}
