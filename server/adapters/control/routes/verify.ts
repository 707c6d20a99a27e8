import * as v from 'valibot';
import type { Exchange } from '../../../core/exchange.ts';
import { compileMatch, judging, type NearMiss } from '../../../core/scenario/expect.ts';
import type { Expectation } from '../../../core/scenario/model.ts';
import { parseScenario } from '../../../core/scenario/parse.ts';
import { EXPECTATION, MATCH } from '../../../core/scenario/schema.ts';
import { causeOf } from '../../../core/search/near.ts';
import { judgingOrder } from '../../../core/search/order.ts';
import { those, type Work } from '../../../core/work.ts';
import type { Desk } from '../desk.ts';
import type { ControlHouse } from '../house.ts';
import { Refusal } from '../problem.ts';
import { ok, problem, type Reply, route } from '../route.ts';
import { refuseScenario } from '../scenario-text.ts';
import { closed, duration, FILTER, may, must, VERIFIED } from '../schemas.ts';
import { watch } from '../waiting.ts';
import { hintsOf } from './hints.ts';
import { journalState } from './state.ts';

const { match, distinctBy, count, gap, quiet } = EXPECTATION.entries;
const ORDER = v.pipe(v.array(MATCH, must('a list of matches')), v.minLength(1, 'must have one match at least'));

const VERIFICATION = closed('a verification', {
  ...FILTER,
  match,
  count,
  order: may(ORDER, 'Exchanges that must come one after the other, with others between them or not.'),
  distinctBy,
  gap,
  quiet,
  timeout: may(duration(), 'Waits so long in real time for what is missing; not at all if not given.', '2s'),
});

export const VERIFY_ROUTES = [
  route({
    method: 'POST',
    path: '/api/v1/verify',
    id: 'verify',
    tag: 'journal',
    says: 'Whether what was expected has come: so many, in this order, so far apart, and then nothing more.',
    more: '`match` takes the fields of `when` in scenario files; `q`, `topic`, `operation` and `after` restrict what is looked at. With `quiet`, waits until nothing that fits has come for so long.',
    body: { as: 'json', schema: VERIFICATION },
    answers: {
      200: ok('It has.', VERIFIED),
      400: problem('The body is not right.'),
      409: problem('It has not: `expected`, `actual`, and `nearMisses` as sentences.'),
      422: problem('A match can never fit; each mistake is told.'),
    },
    async handle({ body, raw, desk, house, onGone, inSlices }) {
      const { clock, driver } = house;
      const { journal } = driver.engine;
      const parts = readParts(raw as Readonly<Record<string, unknown>>);
      const filter = desk.filter(body);
      if (filter.namesKind)
        throw new Refusal(
          400,
          'Leave kind: out of q: only exchanges are verified. Connection events are found by /api/v1/exchanges?q=kind:… and waited for by /api/v1/exchanges/wait?q=kind:…',
        );
      const matches = compileMatch(parts.expectation?.match ?? []);
      const news = watch({ house, onGone }, filter.fits);
      if (body.timeout !== undefined) news.endsAfter(Math.min(body.timeout, WAIT_MAX_MS));
      const disturbances = watch(
        { house, onGone },
        (entry) => parts.quiet !== null && filter.fits(entry) && matches(desk.plain(entry)),
      );
      /** What was looked at, up to this number; most of it need not be looked at again. */
      let upTo = body.after ?? 0;
      let last = 0;
      const seen: Exchange[] = [];
      function* look(): Work<readonly Exchange[]> {
        last = journal.range().last;
        for (const entry of desk.oldest(upTo)) {
          if (entry.kind === 'exchange' && filter.fits(entry)) seen.push(desk.plain(entry));
          yield;
        }
        upTo = Math.max(upTo, last);
        return yield* those(seen, ({ seq }) => journal.get(seq) !== undefined);
      }
      function* judge(withQuiet: boolean): Work<Judged> {
        return yield* judgeAll(parts, yield* look(), clock.now(), withQuiet);
      }

      try {
        let judged = await inSlices(judge(false));
        let again = body.timeout !== undefined;
        while (again && !judged.ok && judged.mayCome && (await news.above(upTo))) {
          // What came while it was judged is looked at even when the time is over by then, but once.
          again = !news.isOver();
          judged = await inSlices(judge(false));
        }
        if (judged.ok && parts.quiet !== null) {
          const latest = (await inSlices(those(seen, matches))).at(-1);
          const age = latest === undefined ? 0 : clock.now() - Date.parse(latest.at);
          disturbances.endsAfter(parts.quiet - Math.max(0, age));
          judged = await inSlices(judge(await disturbances.above(upTo)));
        }
        return answer(judged, desk, house, body.after, last);
      } finally {
        news.stop();
        disturbances.stop();
      }
    },
  }),
];

const WAIT_MAX_MS = 600_000;

interface Parts {
  /** `null`: only the order is asked for. */
  readonly expectation: Expectation | null;
  readonly order: readonly Expectation['match'][] | null;
  readonly quiet: number | null;
}

/** The parts that scenario files have as well, read by the reader of those, so that they mean the same. */
function readParts(given: Readonly<Record<string, unknown>>): Parts {
  const { match, distinctBy, count, gap, quiet, order } = given;
  const first = { match: match ?? {}, distinctBy, count, gap, quiet };
  const others = Array.isArray(order) ? order.map((one: unknown) => ({ match: one })) : [];
  const text = JSON.stringify({ version: 1, expect: [first, ...others] });
  const parsed = parseScenario('verify', text);
  if (!parsed.ok) {
    const places = parsed.problems.map((problem) => ({
      ...problem,
      path: problem.path
        .replace(/^expect\[0\]\.?/, '')
        .replace(/^expect\[(\d+)\]\.match\.?/, (_, index: string) => `order[${Number(index) - 1}].`)
        .replace(/\.$/, ''),
    }));
    return refuseScenario(places, 'verification', ' ');
  }
  const [expectation, ...steps] = parsed.scenario.expect as [Expectation, ...Expectation[]];
  const onlyOrder = others.length > 0 && [match, distinctBy, count, gap, quiet].every((part) => part === undefined);
  return {
    expectation: onlyOrder ? null : expectation,
    order: others.length === 0 ? null : steps.map((step) => step.match),
    quiet: expectation.quiet,
  };
}

interface Judged {
  readonly ok: boolean;
  readonly expected: string;
  readonly actual: string;
  readonly count: number;
  /** What is missing may still come; what is too much will not go away. */
  readonly mayCome: boolean;
  readonly offenders: readonly number[];
  readonly nearMisses: readonly NearMiss[];
}

function* judgeAll(
  { expectation, order }: Parts,
  exchanges: readonly Exchange[],
  now: number,
  withQuiet: boolean,
): Work<Judged> {
  const counted = expectation === null ? null : yield* judging(expectation, exchanges, now, !withQuiet);
  const ordered = order === null ? null : yield* judgingOrder(order, exchanges);
  const all = [counted, ordered].filter((each) => each !== null);
  const bad = all.filter((each) => !each.ok);
  const told = bad.length > 0 ? bad : all;
  const offenders = counted?.offenders ?? [];
  return {
    ok: bad.length === 0,
    expected: told.map((each) => each.expected).join('; '),
    actual: told.map((each) => each.actual).join('; '),
    count: counted?.count ?? ordered?.found.length ?? 0,
    mayCome: offenders.length === 0,
    offenders,
    nearMisses: bad.flatMap((each) => each.nearMisses),
  };
}

function answer(judged: Judged, desk: Desk, house: ControlHouse, after: number | undefined, last: number): Reply {
  const { ok, expected, actual, count, offenders } = judged;
  const journal = journalState(house, last);
  if (ok) return { json: { ok, expected, actual, count, journal } };
  const nearMisses = judged.nearMisses.map((miss) => withCause(miss, house));
  const [nearest] = nearMisses;
  const hints = hintsOf(desk, house, after);
  const hint = nearest?.sentence ?? hints[0];
  throw new Refusal(409, `Expected ${expected}, but ${actual}${hint === undefined ? '' : `; the nearest is ${hint}`}`, {
    expected,
    actual,
    count,
    nearMisses,
    offenders,
    hints,
    journal,
  });
}

/** Not only which field missed, but why it came to be what it was. */
function withCause(miss: NearMiss, { driver }: ControlHouse): NearMiss {
  const entry = driver.engine.journal.get(miss.seq);
  const cause = entry?.kind === 'exchange' ? causeOf(entry) : null;
  return cause === null ? miss : { ...miss, why: [...miss.why, cause], sentence: `${miss.sentence}; ${cause}` };
}
