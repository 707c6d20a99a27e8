import { durationText } from './forms.ts';
import type { Condition, Delay, FieldName, Matcher, Moment } from './model.ts';

/** Parts of sentences about scenarios. */

const UNITS: Readonly<Record<string, string>> = { ms: 'ms', s: 's', m: 'min', h: 'h', d: 'd' };

/** `250 ms`, `2 s`, `20 min` */
export function sayDuration(ms: number): string {
  const [, number, unit = ''] = /^([\d.]+)(\D+)$/.exec(durationText(ms)) ?? [];
  return `${number} ${UNITS[unit]}`;
}

export function sayDelay(delay: Delay): string {
  switch (delay.kind) {
    case 'fixed':
      return sayDuration(delay.ms);
    case 'uniform':
      return `${sayDuration(delay.min)} to ${sayDuration(delay.max)}`;
    case 'lognormal':
      return `about ${sayDuration(delay.median)} (sigma ${delay.sigma})`;
  }
}

export function sayMoment(moment: Moment): string {
  if ('at' in moment) return new Date(moment.at).toISOString();
  if (moment.fromNow === 0) return 'now';
  return moment.fromNow < 0 ? `${sayDuration(-moment.fromNow)} ago` : `in ${sayDuration(moment.fromNow)}`;
}

const NUMBERS = ['', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'eleven', 'twelve'];
const PLACES = ['', 'first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth', 'tenth'];

export const sayNumber = (number: number): string => NUMBERS[number] || String(number);

export function sayPlace(number: number): string {
  const word = PLACES[number];
  if (word) return word;
  const [tens, ones] = [number % 100, number % 10];
  const ending = tens > 10 && tens < 14 ? 'th' : ones === 1 ? 'st' : ones === 2 ? 'nd' : ones === 3 ? 'rd' : 'th';
  return `${number}${ending}`;
}

/** `once`, `twice`, `3 times` */
export const sayTimes = (number: number): string =>
  number === 1 ? 'once' : number === 2 ? 'twice' : `${sayNumber(number)} times`;

export const sayList = (words: readonly string[], and = 'or'): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${and} ${words.at(-1)}`;

/** Long texts are cut: a sentence is to be read. */
export const clip = (text: string, most = 60): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** What a value must look like, without its field: `com.example.*`, `a or b`, `above 5`. */
export function sayMatcher(matcher: Matcher): string {
  switch (matcher.is) {
    case 'text':
      return matcher.text === '' ? '""' : clip(matcher.text);
    case 'glob':
      return clip(matcher.pattern);
    case 'regex':
      return `/${clip(matcher.source)}/${matcher.flags}`;
    case 'any':
      return matcher.of.length > 5
        ? `one of ${matcher.of.length} values (${matcher.of.slice(0, 2).map(sayMatcher).join(', ')}, …)`
        : sayList(matcher.of.map(sayMatcher));
    case 'test': {
      const { not, gt, lt, exists } = matcher;
      const parts = [
        ...(exists === null ? [] : [exists ? 'present' : 'absent']),
        ...(gt === null ? [] : [`above ${gt}`]),
        ...(lt === null ? [] : [`below ${lt}`]),
        ...(not === null
          ? []
          : [not.is === 'any' ? `none of ${sayList(not.of.map(sayMatcher), 'and')}` : `not ${sayMatcher(not)}`]),
      ];
      return parts.join(' and ');
    }
  }
}

/** What the value of a field must look like. All statuses of a kind are said as they are written. */
export const sayValueOf = ({ field, is }: Condition): string =>
  field === 'status' ? sayMatcher(is).replaceAll(/\b([1-5])\*(?![\d*])/g, '$1xx') : sayMatcher(is);

/** How it is said that something is there, or is not. */
const PRESENCE: Partial<Record<FieldName, readonly [there: string, not: string]>> = {
  topic: ['with a topic', 'without a topic'],
  channel: ['on a channel', 'on no channel'],
  token: ['to a device', 'to no device'],
  pushType: ['with a push type', 'without a push type'],
  teamId: ['of a team', 'of no team'],
  keyId: ['with a key', 'without a key'],
  status: ['that got an answer', 'that got no answer'],
  reason: ['answered with a reason', 'answered without a reason'],
  rule: ['hit by a rule', 'hit by no rule'],
};

const presenceOf = ({ field, is }: Condition): string | undefined =>
  is.is === 'test' && is.exists !== null && is.not === null && is.gt === null && is.lt === null
    ? PRESENCE[field]?.[is.exists ? 0 : 1]
    : undefined;

/** How a condition on a field is said behind "every device.send …"; what stands elsewhere in the sentence is empty. */
export function sayCondition(condition: Condition): string {
  const { field } = condition;
  const presence = presenceOf(condition);
  if (presence !== undefined) return presence;
  const value = sayValueOf(condition);
  const dot = field.indexOf('.');
  const name = field.slice(dot + 1);
  if (dot > 0 && field.startsWith('headers.')) return `with the header ${name} ${value}`;
  if (dot > 0 && field.startsWith('payload.')) return `with ${name} ${value} in its body`;
  if (dot > 0) return `while ${name} is ${value}`;
  switch (field) {
    case 'operation':
      return '';
    case 'topic':
      return `for ${value}`;
    case 'environment':
      return `in ${value}`;
    case 'channel':
      return `on channel ${value}`;
    case 'token':
      return `to ${value}`;
    case 'pushType':
      return `of type ${value}`;
    case 'priority':
      return `with priority ${value}`;
    case 'expiration':
      return `with expiration ${value}`;
    case 'teamId':
      return `of team ${value}`;
    case 'keyId':
      return `with key ${value}`;
    case 'connection':
      return `on connection ${value}`;
    case 'listener':
      return `on listener ${value}`;
    case 'method':
      return `with method ${value}`;
    case 'path':
      return `with path ${value}`;
    case 'verdict':
      return value === 'accepted'
        ? 'that APNs would accept'
        : value === 'not accepted'
          ? 'that APNs would reject'
          : `judged ${value}`;
    case 'status':
      return `answered ${value}`;
    case 'reason':
      return `answered ${value}`;
    case 'rule':
      return `hit by rule ${value}`;
    case 'id':
      return `with id ${value}`;
    case 'carriedOut':
      return value === 'true'
        ? 'that was carried out'
        : value === 'false'
          ? 'that was not carried out'
          : `carried out: ${value}`;
    default:
      return `with ${field} ${value}`;
  }
}
