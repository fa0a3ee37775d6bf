// G3: one order without a gap for everybody. G5: history and stream carry the same objects, and texts come as they were sent.
import { type Row, same } from '../row.ts';
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

export const g3g5: Row[] = [
  {
    id: 'G3.order',
    group: 'guarantees',
    says: 'Several senders by socket and HTTP: every observer sees seq 1, 2, 3 … without a gap, in the order of the history.',
    run: async (kit) => {
      const { seen, history, total } = await busyRoom(kit);
      const seqs = Array.from({ length: total }, (_, index) => index + 1);
      same(
        history.map(({ seq }) => seq),
        seqs,
        'the history',
      );
      const order = history.map(({ id }) => id);
      for (const messages of seen) {
        same(
          messages.map(({ seq }) => seq),
          seqs,
          'what a socket saw',
        );
        same(
          messages.map(({ id }) => id),
          order,
          'the ids that a socket saw',
        );
      }
    },
  },
  {
    id: 'G3.every-socket',
    group: 'guarantees',
    says: 'On every socket of the run each message had the next seq, but for answers to repeats.',
    witnessed: true,
  },
  {
    id: 'G5.same',
    group: 'guarantees',
    says: 'message.created, sendMessage and listMessages carry the same object.',
    run: async (kit) => {
      const { seen, answers, history } = await busyRoom(kit);
      for (const messages of seen) {
        for (const message of messages) same(message, history[message.seq - 1], 'as in the history');
      }
      for (const answer of answers) same(answer, history[answer?.seq - 1], 'as in the history');
    },
  },
  {
    id: 'G5.verbatim',
    group: 'guarantees',
    says: 'Texts are stored and delivered as they came, by both ways in.',
    run: async (kit) => {
      const { bob, cid } = kit.cast;
      const room = await kit.room();
      const wire = await kit.join(cid, room.name);
      const sender = await kit.join(bob, room.name);
      for (const content of TEXTS) same((await sender.post(content)).content, content, 'by socket');
      for (const content of TEXTS) {
        const body = { id: crypto.randomUUID(), content };
        const answer = await kit.call('sendMessage', { as: cid, room: room.name, body });
        same(answer.body.content, content, 'by HTTP');
      }
      const { body } = await kit.call('listMessages', { as: bob, room: room.name, query: '?limit=100' });
      same(
        body.messages.map(({ content }: { content: string }) => content),
        [...TEXTS, ...TEXTS],
        'the history',
      );
      await wire.until(() => (wire.messages().length >= TEXTS.length * 2 ? true : undefined), 'all messages');
      same(wire.messages(), body.messages, 'what another socket saw');
      wire.cut();
      sender.cut();
    },
  },
];
