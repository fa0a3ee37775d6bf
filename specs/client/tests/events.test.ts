import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Listeners } from '../events.ts';

test('a listener is called until it is removed, by its function or by a signal', () => {
  const listeners = new Listeners<{ tea: number }>();
  const heard: string[] = [];
  const abort = new AbortController();
  const off = listeners.on('tea', (n) => heard.push(`a${n}`));
  listeners.on('tea', (n) => heard.push(`b${n}`), { signal: abort.signal });
  listeners.emit('tea', 1);
  off();
  listeners.emit('tea', 2);
  abort.abort();
  listeners.emit('tea', 3);
  listeners.on('tea', (n) => heard.push(`c${n}`), { signal: abort.signal });
  listeners.emit('tea', 4);
  assert.deepEqual(heard, ['a1', 'b1', 'b2']);
});

test('a listener that throws is reported as uncaught, and the others are called', async () => {
  const listeners = new Listeners<{ tea: number }>();
  const fault = new Error('spilt');
  const heard: number[] = [];
  listeners.on('tea', () => {
    throw fault;
  });
  listeners.on('tea', (n) => heard.push(n));
  const { promise, resolve } = Promise.withResolvers<unknown>();
  process.setUncaughtExceptionCaptureCallback(resolve);
  listeners.emit('tea', 1);
  assert.deepEqual(heard, [1]);
  assert.equal(await promise, fault);
  process.setUncaughtExceptionCaptureCallback(null);
});
