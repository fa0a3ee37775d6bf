// Compatibility of jws.ts with the library jsonwebtoken, and rejection of every changed token.
import assert from 'node:assert/strict';
import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { test } from 'node:test';
import jwt from 'jsonwebtoken';
import { fromDer, toDer } from '../ecdsa_signature.ts';
import { readJws, signJws } from '../jws.ts';

const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const HEADER = { alg: 'ES256', typ: 'test+jwt', kid: 'k' } as const;
const CLAIMS = { sub: 'ann', room: 'Tee & Café ☕', iat: 1_795_340_000 };

test('the library verifies tokens of signJws, and readJws verifies tokens of the library', () => {
  for (let turn = 0; turn < 50; turn += 1) {
    const ours = signJws(HEADER, CLAIMS, keys.privateKey);
    const options = {
      algorithms: ['ES256'],
      complete: true,
      clockTimestamp: CLAIMS.iat,
    } satisfies jwt.VerifyOptions & { complete: true };
    const read = jwt.verify(ours, keys.publicKey, options);
    assert.deepEqual([read.header, read.payload], [HEADER, CLAIMS]);
    const theirs = readJws(jwt.sign(CLAIMS, keys.privateKey, { algorithm: 'ES256', header: HEADER }));
    assert.deepEqual([theirs?.header, theirs?.payload(keys.publicKey)], [HEADER, CLAIMS]);
  }
});

test('a token with any character changed, added or removed is refused', () => {
  const token = signJws(HEADER, CLAIMS, keys.privateKey);
  const isTaken = (text: string) => readJws(text)?.payload(keys.publicKey) !== undefined;
  assert.ok(isTaken(token), 'the premise');
  for (let at = 0; at < token.length; at += 1) {
    const other = token[at] === 'A' ? 'B' : 'A';
    const [before, after] = [token.slice(0, at), token.slice(at + 1)];
    for (const changed of [before + other + after, before + after, before + other + token[at] + after]) {
      assert.equal(isTaken(changed), false, changed);
    }
  }
  for (const changed of [`${token}=`, `${token}\n`, ` ${token}`, `${token}.`, token.replaceAll('.', '')]) {
    assert.equal(isTaken(changed), false, changed);
  }
});

test('a signature has exactly one encoding: unused base64 bits must be 0', () => {
  const token = signJws(HEADER, CLAIMS, keys.privateKey);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const same = alphabet[alphabet.indexOf(token.at(-1)!) + 1]!;
  assert.equal(readJws(token.slice(0, -1) + same), undefined);
});

test('another key does not verify a token, and a header that is not a JSON object is refused', () => {
  const token = signJws(HEADER, CLAIMS, keys.privateKey);
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
  assert.equal(readJws(token)?.payload(other), undefined);
  const [, payload, signature] = token.split('.');
  for (const header of ['e30x', 'bnVsbA', 'Nw', '']) {
    assert.equal(readJws(`${header}.${payload}.${signature}`), undefined);
  }
});

test('both forms of a signature convert into each other, also when a number is short or its first bit is set', () => {
  const data = Buffer.from('data');
  const lengths = new Set<number>();
  for (let turn = 0; turn < 3_000; turn += 1) {
    const der = sign('sha256', data, keys.privateKey);
    lengths.add(der.length);
    const both = fromDer(der);
    assert.deepEqual(toDer(both), der);
    if (turn % 100 === 0) {
      assert.ok(verify('sha256', data, { key: keys.publicKey, dsaEncoding: 'ieee-p1363' }, both));
    }
  }
  assert.ok(lengths.size >= 3, `the premise: signatures of several lengths, ${[...lengths]}`);
  const numbers = [1, 127, 128, 255].flatMap((last) => [Buffer.alloc(31), Buffer.of(last)]);
  const small = Buffer.concat(numbers.slice(0, 4));
  assert.deepEqual(fromDer(toDer(small)), small);
  assert.deepEqual([...toDer(Buffer.concat(numbers.slice(4)))], [0x30, 8, 2, 2, 0, 128, 2, 2, 0, 255]);
  const none = Buffer.alloc(64);
  assert.deepEqual([...toDer(none)], [0x30, 6, 2, 1, 0, 2, 1, 0]);
  assert.deepEqual(fromDer(toDer(none)), none);
});
