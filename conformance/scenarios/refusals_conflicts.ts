// Refusals of valid requests: taken names, other users' rooms, wrong passwords. Written by hand for each operation.
import { type Operation, operationOf } from '../contract.ts';
import { expectProblem, type Provocation, validBody } from './provoke.ts';
import { MESSAGE_CONFLICTS } from './refusals_messages.ts';
import { MODERATION_CONFLICTS } from './refusals_moderation.ts';

export const conflicts = ({ id }: Operation): Provocation[] => [
  ...(CONFLICTS[id] ?? []),
  ...(MESSAGE_CONFLICTS[id] ?? []),
  ...(MODERATION_CONFLICTS[id] ?? []),
];

const CONFLICTS: Readonly<Record<string, Provocation[]>> = {
  registerUser: (['email', 'username'] as const).map((name) => ({
    status: 409,
    name,
    says: `to ${name === 'email' ? 'an email address' : 'a username'} that is taken, in any case.`,
    run: async (kit) => {
      const body = { ...validBody(operationOf('registerUser'), kit), [name]: kit.cast.ann[name].toUpperCase() };
      expectProblem(await kit.call('registerUser', { body }), `${name}_taken`, 409);
    },
  })),
  createRoom: [
    {
      status: 409,
      says: 'to a name that is taken, in any case, or that looks the same.',
      run: async (kit) => {
        const { name } = await kit.room(kit.cast.ann);
        const fullWidth = name.replaceAll(/[0-9a-z]/gi, (one: string) =>
          String.fromCodePoint(one.codePointAt(0)! + 0xfee0),
        );
        for (const taken of [name.toUpperCase(), fullWidth]) {
          const answer = await kit.call('createRoom', { as: kit.cast.bob, body: { name: taken } });
          expectProblem(answer, 'room_name_taken', 409);
        }
      },
    },
  ],
  deleteRoom: [
    {
      status: 403,
      name: 'owner',
      says: 'with not_room_owner to users other than its owner.',
      run: async (kit) => {
        const room = await kit.room(kit.cast.ann);
        expectProblem(await kit.call('deleteRoom', { as: kit.cast.bob, room: room.name }), 'not_room_owner', 403);
      },
    },
  ],
  ...Object.fromEntries(
    ['logIn', 'createAccessToken'].map((id) => [
      id,
      [
        {
          status: 401,
          says: 'to a wrong password and to an unknown email address.',
          run: async (kit) => {
            const { email, password } = kit.cast.dan;
            kit.cast.dan.logins += 1;
            const wrong = [
              { email, password: `${password}.` },
              { email: `x${email}`, password },
            ];
            for (const body of wrong) expectProblem(await kit.call(id, { body }), 'invalid_credentials', 401);
          },
        } satisfies Provocation,
      ],
    ]),
  ),
};
