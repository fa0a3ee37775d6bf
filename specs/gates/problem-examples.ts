// Holds the problems that the HTTP documents show against problems.yaml: an example answer must be one that can occur.
import { join } from 'node:path';
import { bundle, followRef } from '../generate/bundle.ts';
import { isObject, type JsonObject, readYaml } from '../generate/json.ts';
import { documents, examplesIn } from './examples.ts';
import { objectsIn } from './walk.ts';

/** Every example problem in `dir` whose type, title or status is not its code's, or whose status is not the answer's. */
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
        wrong.push(`${name}#${at}: not what problems.yaml says of ${value.code}`);
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
  return wrong;
}

function shownStatus(document: JsonObject, response: JsonObject): number | undefined {
  const whole = typeof response.$ref === 'string' ? followRef(document, response.$ref) : response;
  const content = isObject(whole) && isObject(whole.content) ? whole.content['application/problem+json'] : undefined;
  const example = isObject(content) && isObject(content.example) ? content.example : {};
  return typeof example.status === 'number' ? example.status : undefined;
}
