/**
 * Regular expressions from scenario files. A rule is tried on every request, so no pattern may be able to hold up the
 * server: they run on a machine of our own that follows all alternatives at once, in steps of at most
 * `length of the text × size of the pattern`. JavaScript's own engine tries them one after the other, which can take
 * longer than the universe is old. What cannot be done this way (backreferences, look-around) is refused.
 */
export type Regex = (text: string) => boolean;
export interface RegexError {
  /** Rest of a sentence that begins with the pattern. */
  readonly error: string;
}

/** Characters of a text that are looked at. */
export const REGEX_TEXT_MAX = 4096;
/** Steps of a compiled pattern. Bounds `(a{99}){99}` as well as long alternations. */
export const REGEX_SIZE_MAX = 500;
/** Characters of a pattern. */
const SOURCE_MAX = 1000;
/** Texts whose answer is kept, and how long they may be. */
const TEXTS_KEPT = 512;
const TEXT_KEPT_MAX = 200;
/** Groups inside groups. */
const DEPTH_MAX = 50;
/** Work for one pattern; also ends `((){99}){99}`, which has no steps at all. */
const EMITS_MAX = 20_000;

type Flag = 'i' | 'm' | 's';
const FLAGS: readonly string[] = ['i', 'm', 's'] satisfies Flag[];

/** Ranges of character codes, `from, to, from, to`. */
type Ranges = readonly number[];
interface CharSet {
  readonly ranges: Ranges;
  readonly negated: boolean;
}

type Assertion = 'start' | 'end' | 'edge' | 'no-edge';

type Node =
  | { readonly is: 'set'; readonly set: CharSet }
  | { readonly is: 'assert'; readonly what: Assertion }
  | { readonly is: 'all'; readonly parts: readonly Node[] }
  | { readonly is: 'either'; readonly parts: readonly Node[] }
  | { readonly is: 'repeat'; readonly part: Node; readonly min: number; readonly max: number };

type Step =
  | { readonly do: 'set'; readonly set: CharSet }
  | { readonly do: 'assert'; readonly what: Assertion }
  | { do: 'split'; to: number; or: number }
  | { do: 'jump'; to: number }
  | { readonly do: 'match' };

const DIGIT: Ranges = [48, 57];
const WORD: Ranges = [48, 57, 65, 90, 95, 95, 97, 122];
const SPACE: Ranges = [
  9, 13, 32, 32, 160, 160, 5760, 5760, 8192, 8202, 8232, 8233, 8239, 8239, 8287, 8287, 12288, 12288, 65279, 65279,
];
const LINE_END: Ranges = [10, 10, 13, 13, 8232, 8233];

const CLASSES: Readonly<Record<string, CharSet>> = {
  d: { ranges: DIGIT, negated: false },
  D: { ranges: DIGIT, negated: true },
  w: { ranges: WORD, negated: false },
  W: { ranges: WORD, negated: true },
  s: { ranges: SPACE, negated: false },
  S: { ranges: SPACE, negated: true },
};
const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13 };

class Refusal extends Error {}

/** Makes a test of a pattern, or says why it cannot be used. */
export function compileRegex(source: string, flags: string): Regex | RegexError {
  for (const flag of flags)
    if (!FLAGS.includes(flag))
      return { error: `has the flag ${flag}: a rule only asks whether a text fits, so i, m and s are all there is` };
  if (source.length > SOURCE_MAX) return { error: `is longer than ${SOURCE_MAX} characters` };
  try {
    const steps: Step[] = [];
    emit(parse(source, flags.includes('s')), steps, { left: EMITS_MAX });
    steps.push({ do: 'match' });
    return remembering(machine(steps, flags.includes('i'), flags.includes('m')));
  } catch (error) {
    if (error instanceof Refusal) return { error: error.message };
    throw error;
  }
}

function parse(source: string, dotAll: boolean): Node {
  const dot: CharSet = dotAll ? { ranges: [], negated: true } : { ranges: LINE_END, negated: true };
  let at = 0;
  let depth = 0;

  const refuse = (why: string): never => {
    throw new Refusal(why);
  };
  const single = (code: number): Node => ({ is: 'set', set: { ranges: [code, code], negated: false } });

  function either(): Node {
    const parts = [all()];
    while (source[at] === '|') {
      at++;
      parts.push(all());
    }
    return parts.length === 1 ? (parts[0] as Node) : { is: 'either', parts };
  }

  function all(): Node {
    const parts: Node[] = [];
    while (at < source.length && source[at] !== '|' && source[at] !== ')') parts.push(quantified());
    return { is: 'all', parts };
  }

  function quantified(): Node {
    const part = atom();
    const found = quantifier();
    if (found === null) return part;
    if (part.is === 'assert') refuse('repeats an assertion, which says nothing');
    if (quantifier() !== null) refuse('has a quantifier behind a quantifier');
    return { is: 'repeat', part, ...found };
  }

  function quantifier(): { min: number; max: number } | null {
    let found: { min: number; max: number } | null = null;
    const letter = source[at];
    if (letter === '*') found = { min: 0, max: Number.POSITIVE_INFINITY };
    else if (letter === '+') found = { min: 1, max: Number.POSITIVE_INFINITY };
    else if (letter === '?') found = { min: 0, max: 1 };
    else if (letter === '{') {
      const [text, min = '', comma, max] = /^\{(\d{1,6})(,(\d{1,6})?)?\}/.exec(source.slice(at, at + 20)) ?? [];
      if (text === undefined)
        return refuse('has a { that begins no {2}, {2,} or {2,5}; write \\{ for the brace itself');
      found = {
        min: Number(min),
        max: comma === undefined ? Number(min) : max === undefined ? Number.POSITIVE_INFINITY : Number(max),
      };
      if (found.max < found.min) refuse(`has ${text}, whose numbers are out of order`);
      at += text.length - 1;
    }
    if (found === null) return null;
    at++;
    // Lazy or greedy makes no difference to whether a text fits.
    if (source[at] === '?') at++;
    return found;
  }

  function atom(): Node {
    const letter = source[at] as string;
    switch (letter) {
      case '(':
        return group();
      case '[':
        return { is: 'set', set: charClass() };
      case '.':
        at++;
        return { is: 'set', set: dot };
      case '^':
        at++;
        return { is: 'assert', what: 'start' };
      case '$':
        at++;
        return { is: 'assert', what: 'end' };
      case '\\':
        return backslash();
      case '*':
      case '+':
      case '?':
        return refuse(`has a ${letter} with nothing before it to repeat`);
      case '{':
        return refuse('has a { with nothing before it to repeat; write \\{ for the brace itself');
      default:
        at++;
        return single(letter.charCodeAt(0));
    }
  }

  function group(): Node {
    at++;
    if (source[at] === '?') {
      if (source[at + 1] === ':') at += 2;
      else {
        const named = /^\?<[A-Za-z_]\w*>/.exec(source.slice(at, at + 80));
        if (named === null)
          return refuse(
            'looks ahead or behind, or sets flags, with (?…): only (…), (?:…) and (?<name>…) can be followed in bounded time',
          );
        at += named[0].length;
      }
    }
    depth++;
    if (depth > DEPTH_MAX) refuse(`has groups more than ${DEPTH_MAX} deep`);
    const inner = either();
    depth--;
    if (source[at] !== ')') refuse('has a ( that is never closed');
    at++;
    return inner;
  }

  function backslash(): Node {
    const letter = source[at + 1];
    if (letter === 'b' || letter === 'B') {
      at += 2;
      return { is: 'assert', what: letter === 'b' ? 'edge' : 'no-edge' };
    }
    const found = escaped();
    return typeof found === 'number' ? single(found) : { is: 'set', set: found };
  }

  /** A code or a class; `at` stands on the backslash. */
  function escaped(): number | CharSet {
    const letter = source[at + 1];
    if (letter === undefined) return refuse('ends in a single backslash');
    at += 2;
    if (Object.hasOwn(CLASSES, letter)) return CLASSES[letter] as CharSet;
    if (Object.hasOwn(CONTROLS, letter)) return CONTROLS[letter] as number;
    if (letter === 'x' || letter === 'u') {
      const digits = source.slice(at, at + (letter === 'x' ? 2 : 4));
      if (!(letter === 'x' ? /^[\da-f]{2}$/i : /^[\da-f]{4}$/i).test(digits))
        return refuse(`has a \\${letter} without its ${letter === 'x' ? 2 : 4} hexadecimal digits`);
      at += digits.length;
      return Number.parseInt(digits, 16);
    }
    if (letter === '0' && !/\d/.test(source[at] ?? '')) return 0;
    if (/[0-9k]/.test(letter))
      return refuse(`refers back with \\${letter}, which cannot be followed in bounded time: spell the text out`);
    if (/[A-Za-z]/.test(letter)) return refuse(`has \\${letter}, which stands for nothing known here`);
    return letter.charCodeAt(0);
  }

  function charClass(): CharSet {
    at++;
    const negated = source[at] === '^';
    if (negated) at++;
    const ranges: number[] = [];
    const member = (): number | CharSet => {
      if (source[at] !== '\\') return source.charCodeAt(at++);
      if (source[at + 1] !== 'b') return escaped();
      at += 2;
      return 8;
    };
    while (source[at] !== ']') {
      if (at >= source.length) refuse('has a [ that is never closed');
      const from = member();
      const isRange = source[at] === '-' && at + 1 < source.length && source[at + 1] !== ']';
      if (!isRange) {
        ranges.push(...(typeof from === 'number' ? [from, from] : from.negated ? inverse(from.ranges) : from.ranges));
        continue;
      }
      at++;
      const to = member();
      if (typeof from !== 'number' || typeof to !== 'number')
        return refuse('has a range that begins or ends in a class');
      if (to < from) refuse('has a range whose ends are out of order');
      ranges.push(from, to);
    }
    at++;
    return { ranges, negated };
  }

  const whole = either();
  if (at < source.length) refuse('has a ) that closes nothing; write \\) for the bracket itself');
  return whole;
}

function inverse(ranges: Ranges): number[] {
  const out: number[] = [];
  let next = 0;
  for (let i = 0; i < ranges.length; i += 2) {
    const from = ranges[i] as number;
    if (from > next) out.push(next, from - 1);
    next = (ranges[i + 1] as number) + 1;
  }
  out.push(next, 0xffff);
  return out;
}

/** Puts a node behind the steps so far. */
function emit(node: Node, steps: Step[], work: { left: number }): void {
  if (steps.length > REGEX_SIZE_MAX || work.left-- === 0)
    throw new Refusal(
      `is too large: written out it takes more than ${REGEX_SIZE_MAX} steps; use fewer or smaller repetitions`,
    );
  switch (node.is) {
    case 'set':
      steps.push({ do: 'set', set: node.set });
      return;
    case 'assert':
      steps.push({ do: 'assert', what: node.what });
      return;
    case 'all':
      for (const part of node.parts) emit(part, steps, work);
      return;
    case 'either': {
      const ends: { do: 'jump'; to: number }[] = [];
      node.parts.forEach((part, index) => {
        if (index === node.parts.length - 1) {
          emit(part, steps, work);
          return;
        }
        const split = { do: 'split' as const, to: steps.length + 1, or: 0 };
        steps.push(split);
        emit(part, steps, work);
        const end = { do: 'jump' as const, to: 0 };
        ends.push(end);
        steps.push(end);
        split.or = steps.length;
      });
      for (const end of ends) end.to = steps.length;
      return;
    }
    case 'repeat': {
      const { part, min, max } = node;
      if (min > REGEX_SIZE_MAX || (max !== Number.POSITIVE_INFINITY && max > REGEX_SIZE_MAX))
        throw new Refusal(`repeats more than ${REGEX_SIZE_MAX} times`);
      for (let i = 0; i < min; i++) emit(part, steps, work);
      if (max === Number.POSITIVE_INFINITY) {
        const split = { do: 'split' as const, to: steps.length + 1, or: 0 };
        const back = steps.length;
        steps.push(split);
        emit(part, steps, work);
        steps.push({ do: 'jump', to: back });
        split.or = steps.length;
        return;
      }
      const ways: { do: 'split'; to: number; or: number }[] = [];
      for (let i = min; i < max; i++) {
        const split = { do: 'split' as const, to: steps.length + 1, or: 0 };
        ways.push(split);
        steps.push(split);
        emit(part, steps, work);
      }
      for (const way of ways) way.or = steps.length;
    }
  }
}

/** Topics and tokens come again and again: what was found out about the latest texts is kept. */
function remembering(regex: Regex): Regex {
  const known = new Map<string, boolean>();
  return (text) => {
    if (text.length > TEXT_KEPT_MAX) return regex(text);
    const before = known.get(text);
    if (before !== undefined) return before;
    const found = regex(text);
    if (known.size === TEXTS_KEPT) known.clear();
    known.set(text, found);
    return found;
  };
}

function machine(steps: readonly Step[], ignoreCase: boolean, multiline: boolean): Regex {
  const anchored = !multiline && beginsAtStart(steps);
  // Each step is entered once per position at most: `entered` remembers at which.
  const entered = new Int32Array(steps.length);
  const stack: number[] = [];
  let now: number[] = [];
  let next: number[] = [];

  /** Follows all that takes no character; true: the pattern fits. */
  function enter(first: number, text: string, position: number, list: number[]): boolean {
    stack.push(first);
    while (stack.length > 0) {
      const pc = stack.pop() as number;
      if (entered[pc] === position) continue;
      entered[pc] = position;
      const step = steps[pc] as Step;
      switch (step.do) {
        case 'match':
          stack.length = 0;
          return true;
        case 'jump':
          stack.push(step.to);
          break;
        case 'split':
          stack.push(step.or, step.to);
          break;
        case 'assert':
          if (holds(step.what, text, position, multiline)) stack.push(pc + 1);
          break;
        case 'set':
          list.push(pc);
      }
    }
    return false;
  }

  return (whole) => {
    const text = whole.length > REGEX_TEXT_MAX ? whole.slice(0, REGEX_TEXT_MAX) : whole;
    entered.fill(-1);
    now.length = 0;
    for (let position = 0; ; position++) {
      if (anchored && position > 0) {
        if (now.length === 0) return false;
      } else if (enter(0, text, position, now)) return true;
      if (position === text.length) return false;
      next.length = 0;
      const code = text.charCodeAt(position);
      for (let i = 0; i < now.length; i++) {
        const pc = now[i] as number;
        const { set } = steps[pc] as Step & { do: 'set' };
        if (contains(set, code, ignoreCase) && enter(pc + 1, text, position + 1, next)) return true;
      }
      const behind = now;
      now = next;
      next = behind;
    }
  };
}

/** Every way into the pattern asks for the start of the text, so that a later beginning cannot fit. */
function beginsAtStart(steps: readonly Step[]): boolean {
  const ways = [0];
  const seen = new Set<number>();
  while (ways.length > 0) {
    const pc = ways.pop() as number;
    if (seen.has(pc)) continue;
    seen.add(pc);
    const step = steps[pc] as Step;
    if (step.do === 'split') ways.push(step.to, step.or);
    else if (step.do === 'jump') ways.push(step.to);
    else if (step.do !== 'assert' || step.what !== 'start') return false;
  }
  return true;
}

function contains({ ranges, negated }: CharSet, code: number, ignoreCase: boolean): boolean {
  let found = within(ranges, code);
  if (!found && ignoreCase) {
    const letter = String.fromCharCode(code);
    const [lower, upper] = [letter.toLowerCase(), letter.toUpperCase()];
    found =
      (lower.length === 1 && within(ranges, lower.charCodeAt(0))) ||
      (upper.length === 1 && within(ranges, upper.charCodeAt(0)));
  }
  return found !== negated;
}

function within(ranges: Ranges, code: number): boolean {
  for (let i = 0; i < ranges.length; i += 2)
    if (code >= (ranges[i] as number) && code <= (ranges[i + 1] as number)) return true;
  return false;
}

function holds(what: Assertion, text: string, position: number, multiline: boolean): boolean {
  switch (what) {
    case 'start':
      return position === 0 || (multiline && within(LINE_END, text.charCodeAt(position - 1)));
    case 'end':
      return position === text.length || (multiline && within(LINE_END, text.charCodeAt(position)));
    default: {
      const before = position > 0 && within(WORD, text.charCodeAt(position - 1));
      const after = position < text.length && within(WORD, text.charCodeAt(position));
      return (before !== after) === (what === 'edge');
    }
  }
}
