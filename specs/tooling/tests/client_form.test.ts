// The published form of the contract for generators of clients: one document, with discriminated frames and 64-bit numbers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { schemasIn } from '../gates/walk.ts';
import { bundle } from '../generate/bundle.ts';
import { clientForm } from '../generate/client_form.ts';
import { schemasOf } from '../generate/find.ts';
import { atPointer, type JsonObject } from '../generate/json.ts';

const specs = fileURLToPath(new URL('../..', import.meta.url));
const [openapi, asyncapi] = [bundle(specs, 'openapi.yaml'), bundle(specs, 'asyncapi.yaml')];
const form = clientForm(openapi, asyncapi);
const schemas = schemasOf(form) as Record<string, JsonObject>;

test('it has every path and every schema of both documents', () => {
  assert.deepEqual(form.paths, openapi.paths);
  const names = [...Object.keys(schemasOf(openapi)), ...Object.keys(schemasOf(asyncapi))];
  assert.deepEqual(Object.keys(schemas).sort(), [...new Set(names)].sort());
});

test('each union of frames or events is a oneOf of references with a discriminator that maps each of them', () => {
  for (const name of ['ClientFrame', 'ServerFrame', 'RoomEvent']) {
    const { oneOf, discriminator } = schemas[name] as { oneOf: JsonObject[]; discriminator: JsonObject };
    assert.equal(discriminator.propertyName, 'type');
    const mapping = discriminator.mapping as Record<string, string>;
    assert.deepEqual(Object.values(mapping).sort(), oneOf.map(({ $ref }) => $ref).sort(), name);
    for (const [type, ref] of Object.entries(mapping)) {
      const branch = atPointer(form, ref.slice(1)) as JsonObject;
      assert.equal(atPointer(branch, '/properties/type/const'), type, `${name} ${type} matches one type only`);
      assert.ok((branch.required as string[]).includes('type'), `${name} ${type} requires its type`);
    }
  }
});

test('no object schema inherits properties with allOf', () => {
  for (const [name, schema] of Object.entries(schemas)) assert.equal(schema.allOf, undefined, name);
});

test('every integer without a maximum below 2^31 has the format int64, except a status', () => {
  const small = ({ node, pointer }: ReturnType<typeof schemasIn>[number]) =>
    pointer.endsWith('/status') || Number(node.maximum) < 2 ** 31 || pointer.startsWith('/components/headers/');
  const integers = schemasIn(form).filter(({ node }) => node.type === 'integer');
  const wrong = integers.filter((place) => !small(place) && place.node.format !== 'int64');
  assert.ok(integers.length > 10);
  assert.deepEqual(
    wrong.map(({ pointer }) => pointer),
    [],
  );
});

test('two different schemas with one name are refused', () => {
  const other = structuredClone(asyncapi) as { components: { schemas: JsonObject } };
  other.components.schemas.Seq = { type: 'string' };
  assert.throws(() => clientForm(openapi, other as never), /declare different schemas Seq/);
});

test('a union with a branch whose type is not constant is refused', () => {
  const other = structuredClone(asyncapi) as { components: { schemas: Record<string, JsonObject> } };
  other.components.schemas.RoomDeleted!.properties = { type: { type: 'string' } };
  assert.throws(() => clientForm(openapi, other as never), /RoomDeleted has no constant type/);
});
