// G3: every client receives the same order without a gap. G5: the log equals the frames, the history equals its fold,
// and texts are delivered as sent.
import { fold, isFolded } from '../fold.ts';
import type { Json } from '../http.ts';
import { frameFault, logFault } from '../log.ts';
import { change, placeOf, readHistory, readLog, write } from '../room_log.ts';
import { expect, type Row, same } from '../row.ts';
import { busyRoom } from './busy_room.ts';

const TEXTS: readonly string[] = [
  ' leading and trailing ',
  'line\nbreak\r\nand\ttab',
  'e\u0301 is not \u00e9, nor Ⅷ or ﷺ anything else',
  '\u2028\u2029 separators, \ufeff mark, \u202e reversed',
  '"quotes" \\ and / {"type":"message.created"}',
  '<script>alert(1)</script> &amp; &#39;',
  '👩‍👩‍👧‍👦 🏳️‍🌈 𝄞',
  'שלום عليكم Ω чай ½ ß ẞ İ ı',
  '\u0001\u001f\u007f controls',
  '%00 %F0 $1 \\u0000',
];

/** Expects the messages to equal the fold of the events up to a seq. */
function expectFolded(messages: readonly Json[], events: readonly Json[], asOf: number, what: string): void {
  const folded = new Map(fold(events.filter(({ seq }) => seq <= asOf)).map((message) => [message.id, message]));
  for (const message of messages) {
    expect(isFolded(message, folded.get(message.id)), `${what}: ${JSON.stringify(folded.get(message.id))}`, message);
  }
}

export const g3g5: Row[] = [
  {
    id: 'G3.order',
    group: 'guarantees',
    says: 'While users send, edit, delete and react, every socket receives seq 1, 2, 3 … without a gap, in the order of the log.',
    run: async (kit) => {
      const { seen, log, total } = await busyRoom(kit);
      const order = log.map(({ seq, type, id, messageId }) => [seq, type, id ?? messageId]);
      same([log.length, logFault(log)], [total, undefined], 'events in the log, and its first fault');
      for (const events of seen) {
        same(
          events.map(({ seq, type, id, messageId }) => [seq, type, id ?? messageId]),
          order,
          'what a socket received',
        );
      }
    },
  },
  {
    id: 'G3.every-socket',
    group: 'guarantees',
    says: 'On every socket of the run each event had the next seq, except for answers to repeats.',
    witnessed: true,
  },
  {
    id: 'G5.same',
    group: 'guarantees',
    says: 'listEvents returns the events that the frames carried; only their texts may be withdrawn since.',
    run: async (kit) => {
      const { seen, log } = await busyRoom(kit);
      for (const events of seen)
        for (const frame of events) same(frameFault(frame, log[frame.seq - 1]), undefined, 'fault');
    },
  },
  {
    id: 'G5.fold',
    group: 'guarantees',
    says: 'A page of listMessages is the fold of the events up to its asOf, also while users send, edit, delete and react.',
    run: async (kit) => {
      const { log, pages, messages, total } = await busyRoom(kit);
      for (const page of pages)
        expectFolded(page.messages, log, page.asOf, `the fold of the events up to ${page.asOf}`);
      const last = pages.at(-1);
      same([last.asOf, last.messages.length], [total, messages], 'asOf and the messages of the last page');
    },
  },
  {
    id: 'G5.answers',
    group: 'guarantees',
    says: 'Each answer of sendMessage and editMessage is the fold of the events up to its version.',
    run: async (kit) => {
      const { log, answers } = await busyRoom(kit);
      for (const answer of answers) expectFolded([answer], log, answer.version, 'the message');
    },
  },
  {
    id: 'G5.verbatim',
    group: 'guarantees',
    says: 'Texts are stored and delivered exactly as sent, by socket and by HTTP.',
    run: async (kit) => {
      const { bob, cid } = kit.cast;
      const room = await kit.room();
      const [sender, reader] = [await kit.join(bob, room.name), await kit.join(cid, room.name)];
      for (const content of TEXTS) same((await sender.post(content)).content, content, 'by socket');
      for (const content of TEXTS) same((await write(kit, cid, room, content)).content, content, 'by HTTP');
      const { messages } = await readHistory(kit, room);
      same(
        messages.map(({ content }: Json) => content),
        [...TEXTS, ...TEXTS],
        'the history',
      );
      await reader.until(() => (reader.events().length >= TEXTS.length * 2 ? true : undefined), 'all events');
      same(fold(reader.events()), messages, 'what another socket received');
      sender.cut();
      reader.cut();
    },
  },
  {
    id: 'G5.verbatim-edits',
    group: 'guarantees',
    says: 'The texts of edits are stored and delivered exactly as sent.',
    run: async (kit) => {
      const place = await placeOf(kit);
      const reader = await kit.join(kit.cast.cid, place.room.name);
      for (const content of TEXTS) {
        const { body } = await change(kit, 'editMessage', kit.cast.bob, place, { body: { content } });
        same(body.content, content, 'the answer');
        same((await reader.next('message.edited')).content, content, 'the frame');
      }
      same((await readLog(kit, place.room)).at(-1)?.content, TEXTS.at(-1), 'the last text in the log');
      reader.cut();
    },
  },
];
