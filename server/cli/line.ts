import { styleText } from 'node:util';
import type { ConnectionRecord, Exchange } from '../core/exchange.ts';

/** One record of the journal as a line of a terminal: time, status, operation, app, target, what there is to say. */
export function lineOf(record: Exchange | ConnectionRecord): string {
  const time = styleText('dim', record.at.slice(11, 23));
  if (record.kind !== 'exchange') {
    const who = (record.connection?.id ?? '').padEnd(5);
    return `${time} ${styleText('dim', `  ·  ${who} ${plain(record.detail)}`)}`;
  }
  const { response, operation, topic, connection, advice } = record;
  const status = response?.status;
  const color = status === undefined ? 'magenta' : status < 300 ? 'green' : status < 500 ? 'yellow' : 'red';
  const columns = [
    time,
    styleText(color, ` ${status ?? '---'} `),
    connection.id.padEnd(5),
    operation.padEnd(16),
    cut(topic, 28).padEnd(28),
    cut(targetOf(record), 20).padEnd(20),
    plain(said(record)),
  ];
  const remarks = advice.map(
    ({ id, text }) => `\n${' '.repeat(19)}${styleText('cyan', `advice ${id}:`)} ${plain(text)}`,
  );
  return `${columns.join(' ').trimEnd()}${remarks.join('')}`;
}

function said({ rule, verdict }: Exchange): string {
  if (rule !== null) return `forced: ${rule.name}${verdict.reason === null ? '' : ` (${verdict.reason})`}`;
  return verdict.reason === null ? '' : `${verdict.reason}: ${verdict.why}`;
}

function targetOf({ operation, request, response }: Exchange): string {
  if (operation === 'device.send') return request.path.slice('/3/device/'.length);
  const find = (list: readonly (readonly [string, string])[]): string | undefined =>
    list.find(([name]) => name === 'apns-channel-id')?.[1];
  return find(request.headers) ?? find(response?.headers ?? []) ?? '';
}

const cut = (text: string, most: number): string =>
  plain(text.length > most ? `${text.slice(0, most - 5)}…${text.slice(-4)}` : text);
/** Nothing that arrived may steer a terminal. */
const plain = (text: string): string =>
  text.replace(/[\p{Cc}\u2028\u2029]/gu, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
