import * as v from 'valibot';
import { durationText, OFFSET_PATTERN, OFFSET_SAYS, readOffset } from '../../../core/scenario/forms.ts';
import type { ControlHouse } from '../house.ts';
import { ok, problem, route } from '../route.ts';
import { CLOCK, closed, duration, may, must, needs, written } from '../schemas.ts';

export const CLOCK_ROUTES = [
  route({
    method: 'GET',
    path: '/api/v1/clock',
    id: 'readClock',
    tag: 'clock',
    says: "The server's time, and how far it is from the machine's.",
    answers: { 200: ok('The clock.', CLOCK) },
    handle: ({ house }) => ({ json: clockView(house) }),
  }),
  route({
    method: 'PUT',
    path: '/api/v1/clock',
    id: 'setClock',
    tag: 'clock',
    says: 'Freezes the time or lets it run on, and shifts it; forwards it stops at every moment that falls due.',
    body: {
      as: 'json',
      schema: closed('the clock', {
        frozen: may(v.boolean(must('true or false')), 'Whether the time stands still.', true),
        offset: may(written(readOffset, OFFSET_SAYS, OFFSET_PATTERN), "How far to be from the machine's time.", '-2h'),
      }),
    },
    answers: { 200: ok('The clock as it is now.', CLOCK), 400: problem('The body is not right.') },
    handle({ body, house }) {
      if (body.offset !== undefined) house.clock.shift(body.offset);
      if (body.frozen !== undefined) house.clock.freeze(body.frozen);
      return { json: clockView(house) };
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/clock/advance',
    id: 'advanceClock',
    tag: 'clock',
    says: 'Moves the time forwards and steps through every timer that falls due on the way.',
    body: { as: 'json', schema: closed('the step', { by: needs(duration(), 'How far.', '1h') }) },
    answers: { 200: ok('The clock as it is now.', CLOCK), 400: problem('The body is not right.') },
    handle({ body, house }) {
      house.clock.advance(body.by);
      return { json: clockView(house) };
    },
  }),
];

export function clockView({ clock }: Pick<ControlHouse, 'clock'>) {
  const { now, frozen, offset } = clock.state();
  const rounded = Math.round(offset);
  return {
    now: new Date(now).toISOString(),
    frozen,
    offset: `${rounded < 0 ? '-' : ''}${durationText(Math.abs(rounded))}`,
    offsetMs: rounded,
  };
}
