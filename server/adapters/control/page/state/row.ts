import type { JournalRecord } from '../api/types.ts';
import { clip } from '../text/format.ts';
import { dict, flatten, noticeOf } from '../text/notice.ts';
import { header, kindOf, nameOfKind, reasonOf, tokenOf } from '../text/summary.ts';

/** How a line of the journal is coloured. */
export type Tone = 'ok' | 'bad' | 'forced' | 'none' | 'quiet' | 'alarm';

/** What the list shows of a record, and what filters count. Made once, when the record arrives. */
export interface Row {
  readonly seq: number;
  readonly at: number;
  readonly record: JournalRecord;
  readonly tone: Tone;
  /** Status, or a word for what stands in its place. */
  readonly badge: string;
  readonly title: string;
  /** What it says inside, for pushes: title of an alert, state of an activity. */
  readonly excerpt: string;
  readonly reason: string;
  readonly operation: string;
  readonly topic: string;
  readonly channel: string;
  readonly target: string;
  readonly rule: string;
  readonly advice: number;
  readonly place: string;
}

export function rowOf(record: JournalRecord): Row {
  const at = Date.parse(record.at);
  if (record.kind !== 'exchange') {
    return {
      seq: record.seq,
      at,
      record,
      tone: ALARMING.has(record.kind) ? 'alarm' : 'quiet',
      badge: '',
      title: nameOfKind(record.kind),
      excerpt: record.detail,
      reason: '',
      operation: '',
      topic: '',
      channel: '',
      target: '',
      rule: '',
      advice: 0,
      place: record.connection?.id ?? '',
    };
  }
  const { verdict, response, rule, connection } = record;
  const token = tokenOf(record);
  const channel = header(record, 'apns-channel-id') ?? '';
  const answered = response === null ? '' : reasonOf(response.body).trim();
  const differs = rule !== null || response === null || response.status !== verdict.status;
  return {
    seq: record.seq,
    at,
    record,
    tone: differs ? 'forced' : response.status < 300 ? 'ok' : 'bad',
    badge: response === null ? (record.actions[0]?.do ?? 'none') : String(response.status),
    title: kindOf(record),
    excerpt: excerptOf(record),
    reason: answered !== '' ? answered : (verdict.reason ?? ''),
    operation: record.operation,
    topic: record.topic,
    channel,
    target: channel !== '' ? clip(channel, 10, 4) : token !== '' ? clip(token) : '',
    rule: rule?.name ?? '',
    advice: record.advice.length,
    place: `${connection.id}/${connection.stream}`,
  };
}

/** Lines about connections that somebody who looks for a missing push must see. */
const ALARMING = new Set(['connection-refused', 'protocol-error', 'limit-tripped', 'stream-failed', 'late-stream']);

function excerptOf(record: JournalRecord & { kind: 'exchange' }): string {
  const notice = noticeOf(record);
  if (notice === null || notice.kind === 'unknown') return '';
  const words = [notice.title, notice.subtitle, notice.body].filter((text) => text !== '');
  if (words.length > 0) return words.join(' · ');
  if (notice.activity === null) {
    const { aps: _, ...own } = dict(record.request.payload) ?? {};
    return flatten(own)
      .slice(0, 4)
      .map(([path, value]) => `${path} ${value}`)
      .join(' · ');
  }
  const { event, state } = notice.activity;
  const shown = state.slice(0, 5).map(([path, value]) => `${path} ${value}`);
  return [event, ...shown].filter((text) => text !== '').join(' · ');
}
