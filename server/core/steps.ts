import type { Action, Response } from '../protocol/model.ts';
import type { Random } from './random.ts';
import { DURATION_MAX_MS } from './scenario/forms.ts';
import type { Delay, EffectSpec, GoawaySpec } from './scenario/model.ts';

/** One action and when it is done: milliseconds after the request, or after the connection opened. */
export interface Step {
  readonly after: number;
  readonly action: Action;
}

/** Where the steps are to happen. */
export interface Place {
  readonly session: string;
  /** `0`: on the connection, not on a stream. */
  readonly stream: number;
}

/**
 * Lays an effect out in time. `response`: the answer, if there is to be one. The order is that of the wire: what concerns
 * the connection as a whole, an early GOAWAY, the answer or what stands in its place, a late GOAWAY, the end.
 */
export function planSteps(
  effect: EffectSpec,
  place: Place,
  response: Response | null,
  random: Random,
): readonly Step[] {
  const { session, stream } = place;
  const steps: Step[] = [];
  const add = (after: number, action: Action): void => void steps.push({ after, action });
  const wait = effect.delay === null ? 0 : drawDelay(effect.delay, random);
  const { goaway } = effect;

  if (effect.pings !== null) add(0, { do: 'pings', session, ignore: true });
  if (effect.window !== null) add(0, { do: 'window', session, hold: true });
  if (effect.streams !== null) add(0, { do: 'settings', session, maxConcurrentStreams: effect.streams });
  if (goaway?.at === 'before') addGoaway(add, goaway, place, 0);

  let end = wait;
  if (effect.stall && stream !== 0) add(wait, { do: 'stall', session, stream });
  else if (stream !== 0) end = addAnswer(add, effect, place, response, wait);

  if (goaway?.at === 'after') addGoaway(add, goaway, place, end);
  if (effect.drop) add(end, { do: 'drop', session });
  return steps;
}

type Add = (after: number, action: Action) => void;

/** The answer, whole or cut as the effect says; returns when its last part leaves. */
function addAnswer(add: Add, effect: EffectSpec, place: Place, response: Response | null, wait: number): number {
  const { session, stream } = place;
  const { reset, split } = effect;
  if (reset !== null) {
    if (response !== null && reset.at !== 'before-headers') {
      const { status, headers, body } = response;
      add(wait, { do: 'headers', session, stream, status, headers });
      if (reset.at === 'mid-body' && body !== '')
        add(wait, { do: 'data', session, stream, body: body.slice(0, Math.ceil(body.length / 2)), end: false });
    }
    add(wait, { do: 'reset', session, stream, code: reset.code });
    return wait;
  }
  if (response === null) return wait;
  const { status, headers, body } = response;
  if (split === null || body === '') {
    add(wait, { do: 'reply', session, stream, status, headers, body });
    return wait;
  }
  add(wait, { do: 'headers', session, stream, status, headers });
  const parts = cut(body, split.frames);
  parts.forEach((part, index) => {
    add(wait + index * split.every, { do: 'data', session, stream, body: part, end: index === parts.length - 1 });
  });
  return wait + (parts.length - 1) * split.every;
}

function addGoaway(add: Add, goaway: GoawaySpec, { session, stream }: Place, at: number): void {
  const { code, lastStream, debug, twice } = goaway;
  const close = goaway.close === 0 ? 'now' : typeof goaway.close === 'number' ? 'never' : goaway.close;
  // What ends the connection belongs to the last of the frames.
  const first = twice === null ? close : 'never';
  add(at, { do: 'goaway', session, stream, code, lastStream, debug, close: first });
  const last = at + (twice ?? 0);
  if (twice !== null) {
    const second = lastStream === 'all' ? 'this' : lastStream;
    add(last, {
      do: 'goaway',
      session,
      // After `all`: whatever is the highest by then.
      stream: lastStream === 'all' ? 0 : stream,
      code,
      lastStream: second,
      debug: '',
      close,
    });
  }
  if (typeof goaway.close === 'number' && goaway.close > 0) add(last + goaway.close, { do: 'end', session });
}

/** Pieces of nearly equal length, none of them empty. */
function cut(text: string, count: number): string[] {
  const pieces = Math.min(count, text.length);
  return Array.from({ length: pieces }, (_, index) =>
    text.slice(Math.floor((index * text.length) / pieces), Math.floor(((index + 1) * text.length) / pieces)),
  );
}

/** Milliseconds, whole. */
export function drawDelay(delay: Delay, random: Random): number {
  switch (delay.kind) {
    case 'fixed':
      return delay.ms;
    case 'uniform':
      return Math.round(delay.min + random.fraction() * (delay.max - delay.min));
    case 'lognormal':
      return Math.min(Math.round(delay.median * Math.exp(delay.sigma * normal(random))), DURATION_MAX_MS);
  }
}

/** A draw from the standard normal distribution (Box and Muller). */
function normal(random: Random): number {
  // 1 - x keeps the logarithm away from zero.
  return Math.sqrt(-2 * Math.log(1 - random.fraction())) * Math.cos(2 * Math.PI * random.fraction());
}
