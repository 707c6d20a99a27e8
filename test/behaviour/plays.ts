/** What is sent while a scenario is in force: the same for every library. */
import type { Kind } from './talk.ts';

export interface Sending {
  readonly send: number;
  /** So many at a time; 1: one after another. */
  readonly width: number;
  readonly kind?: Kind;
  /** All to this device in place of one each. */
  readonly to?: string;
  /** All to devices whose tokens begin so. */
  readonly begin?: string;
  /** Characters of text in each. */
  readonly size?: number;
}

export type Step =
  | Sending
  /** The server's clock goes forward, in milliseconds; a moment later the next step begins. */
  | { readonly turn: number }
  /** Another worker of the same sender: a new client with a provider token of its own. */
  | { readonly worker: true }
  /** Nothing happens until the server has seen so many connections end. */
  | { readonly ended: number };

export interface Play {
  readonly steps: readonly Step[];
  /** Milliseconds that a step waits for outcomes. */
  readonly limit: number;
  /** What is sent last to see whether all is well again; `null`: that makes no sense here. */
  readonly probe: { readonly kind: Kind; readonly size?: number } | null;
}

export const MINUTE = 60_000;
/** More than the five seconds after which node-apn gives up. */
const LIMIT = 7000;
const USUAL: readonly Step[] = [
  { send: 4, width: 1 },
  { send: 8, width: 8 },
];
/** Those whom the files of the same names are about. */
const KNOWN = { aa: 'aa'.repeat(32), bb: 'bb'.repeat(32) };

const steps = (...given: readonly Step[]): Partial<Play> => ({ steps: given });

const OWN: Readonly<Record<string, Partial<Play>>> = {
  'bad-day': steps({ send: 200, width: 5 }),
  'capability-off': { ...steps({ send: 2, width: 1, kind: 'create' }), probe: null },
  'channel-limit': { ...steps({ send: 5, width: 1, kind: 'create' }), probe: null },
  'dead-devices': steps(
    { send: 2, width: 1, begin: 'dead' },
    { send: 2, width: 1, begin: 'bad' },
    { send: 2, width: 1, begin: 'e0' },
    { send: 6, width: 6 },
  ),
  'delayed-unregister': steps(
    { send: 4, width: 1, to: KNOWN.aa },
    { turn: 10 * MINUTE },
    { send: 4, width: 1, to: KNOWN.aa },
    { send: 4, width: 4 },
  ),
  'environment-mix-up': steps(
    { send: 4, width: 1, to: KNOWN.aa },
    { send: 4, width: 1, to: KNOWN.bb },
    { send: 4, width: 4 },
  ),
  flaky: steps({ send: 100, width: 5 }),
  'goaway-every-n': steps({ send: 110, width: 1 }),
  'goaway-mid-flight': steps({ send: 19, width: 1 }, { send: 8, width: 8 }),
  // Some try again without a pause until they are stopped.
  'goaway-with-reason': { ...steps({ send: 2, width: 1 }, { send: 2, width: 2 }), limit: 2000 },
  'idle-drop': steps({ send: 4, width: 1 }, { turn: 31_000 }, { send: 1, width: 1 }, { send: 7, width: 7 }),
  'idle-goaway': steps({ send: 4, width: 1 }, { turn: 31_000 }, { send: 1, width: 1 }, { send: 7, width: 7 }),
  'one-stream-until-auth': steps({ send: 10, width: 10 }, { send: 2, width: 1 }),
  'rolling-restart': steps({ send: 55, width: 1 }),
  'shutdown-under-load': {
    ...steps({ send: 4, width: 1, kind: 'broadcast' }, { send: 8, width: 8, kind: 'broadcast' }),
    probe: { kind: 'broadcast' },
  },
  'stream-limit-shrinks': steps({ send: 9, width: 1 }, { send: 8, width: 8 }, { send: 4, width: 1 }),
  'stuck-window': {
    ...steps({ send: 250, width: 1, size: 4000 }, { send: 20, width: 20, size: 4000 }),
    probe: { kind: 'device', size: 4000 },
  },
  'throttle-on-reject': steps({ send: 2, width: 1 }, { send: 1, width: 1, to: '0'.repeat(64) }, { send: 9, width: 9 }),
  'tls-trouble': steps({ send: 8, width: 1 }),
  'token-refresh-policing': steps(
    { send: 4, width: 1 },
    { worker: true },
    { send: 4, width: 1 },
    { turn: 20 * MINUTE },
    { send: 4, width: 1 },
  ),
  'token-wedge': steps({ send: 24, width: 1 }),
};

export const playOf = (scenario: string): Play => ({
  steps: USUAL,
  limit: LIMIT,
  probe: { kind: 'device' },
  ...OWN[scenario],
});

/** The kinds that a library must know to take part. */
export const kindsOf = ({ steps }: Play): ReadonlySet<Kind> =>
  new Set(steps.flatMap((step) => ('send' in step ? [step.kind ?? 'device'] : [])));

/** `4 one after another, then 8 at once` */
export function sayPlay({ steps }: Play): string {
  return steps.map(sayStep).join(', then ');
}

function sayStep(step: Step): string {
  if ('worker' in step) return 'another worker with a provider token of its own';
  if ('turn' in step) return `the clock turned by ${sayTime(step.turn)}`;
  if ('ended' in step) return `nothing until ${step.ended === 1 ? 'a connection has' : `${step.ended} have`} ended`;
  const { send, width, kind = 'device', to, begin, size } = step;
  const what = { device: '', broadcast: ' broadcasts', create: ' new channels' }[kind];
  const aim =
    to !== undefined
      ? ` to the device ${to.slice(0, 4)}…`
      : begin !== undefined
        ? ` to devices ${begin}…`
        : size !== undefined
          ? ` of ${size} bytes`
          : '';
  const how =
    width === 1 ? (send === 1 ? '' : ' one after another') : width >= send ? ' at once' : `, ${width} at a time`;
  return `${send}${what}${aim}${how}`;
}

const sayTime = (ms: number): string => (ms % MINUTE === 0 ? `${ms / MINUTE} min` : `${ms / 1000} s`);
