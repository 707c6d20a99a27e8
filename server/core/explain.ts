import type { Entry, ExchangeEntry } from './journal.ts';
import { maskTokens } from './mask.ts';

/** Sentences about what happened: for the log, the page, and whoever is stuck. */

/** Why a request was judged as it was. */
export const explain = (entry: ExchangeEntry): string => maskTokens(explanation(entry));

function explanation(entry: ExchangeEntry): string {
  const { verdict, operation } = entry;
  if (verdict.why !== '') return verdict.why;
  switch (operation) {
    case 'device.send':
      return `every check passed: APNs would take the push for ${entry.topic}`;
    case 'broadcast.send':
      return `every check passed: APNs would take the broadcast for ${entry.topic}`;
    case 'channels.create':
      return `every check passed: APNs would create a channel for ${entry.topic}`;
    case 'channels.read':
      return `every check passed: ${entry.topic} has this channel`;
    case 'channels.delete':
      return `every check passed: ${entry.topic} has this channel, and APNs would delete it`;
    case 'channels.list':
      return `every check passed: APNs would list the channels of ${entry.topic}`;
    case 'unknown':
      return 'every check passed';
  }
}

/** One line for the log: what came, what was answered, and why. */
export function sentence(entry: Entry): string {
  if (entry.kind !== 'exchange')
    return oneLine(entry.session === null ? entry.detail : `${entry.session.id}: ${entry.detail}`);
  return oneLine(`${entry.session.id}/${entry.stream} ${whatCame(entry)}: ${whatWasDone(entry)}`);
}

const CONTROL = /[\p{Cc}\u2028\u2029]/gu;
/**
 * Paths, header values and bodies come from outside: none of them may begin a line of the log or steer a terminal, or
 * give a token away.
 */
const oneLine = (text: string): string =>
  maskTokens(text).replace(CONTROL, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);

function whatCame(entry: ExchangeEntry): string {
  const where = `${entry.topic === '' ? '' : ` ${entry.topic}`} (${entry.environment})`;
  switch (entry.operation) {
    case 'device.send':
      return `device push${where} to ${clip(entry.target)}`;
    case 'broadcast.send':
      return `broadcast${where}${channelOf(entry)}`;
    case 'channels.create':
      return `create channel${where}`;
    case 'channels.read':
      return `read channel${where}${channelOf(entry)}`;
    case 'channels.delete':
      return `delete channel${where}${channelOf(entry)}`;
    case 'channels.list':
      return `list channels${where}`;
    case 'unknown':
      return `${entry.method} ${clip(entry.path)}`;
  }
}

function whatWasDone(entry: ExchangeEntry): string {
  const { response, verdict, rule } = entry;
  const answered =
    response === null ? (entry.steps?.[0]?.action.do ?? 'no answer') : `${response.status}${reasonIn(response.body)}`;
  if (rule !== null) return `${answered}, because ${rule.name}`;
  return verdict.reason === null ? answered : `${answered}, because ${explain(entry)}`;
}

const channelOf = ({ headers }: ExchangeEntry): string => {
  const at = headers.indexOf('apns-channel-id');
  return at < 0 ? '' : ` on channel ${clip(headers[at + 1] ?? '')}`;
};
const reasonIn = (body: string): string => {
  const found = /"reason":"([^"]*)"/.exec(body);
  return found === null ? '' : ` ${found[1]}`;
};
function clip(text: string): string {
  const shown = maskTokens(text);
  return shown.length > 24 ? `${shown.slice(0, 12)}…${shown.slice(-4)}` : shown;
}
