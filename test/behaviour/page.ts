/** The measured part of docs/client-behaviour.md. */
import { code, table } from '../docs/markdown.ts';
import type { Client } from './clients.ts';
import type { Performance, Recovery } from './perform.ts';
import { playOf, sayPlay } from './plays.ts';
import { type Tally, tally, textsOf } from './tally.ts';

export const FILE = 'docs/client-behaviour.md';
export const BEGIN = '<!-- measured: node --import tsx test/behaviour/measure.ts --write -->';
export const END = '<!-- end of what was measured -->';

/** All rounds of one library in one scenario; empty: it cannot send what the scenario is about. */
export type Rounds = readonly Performance[];

export interface Measured {
  readonly scenario: string;
  readonly cells: ReadonlyMap<Client, Rounds>;
}

export function measuredPart(measured: readonly Measured[], clients: readonly Client[], date: string): string {
  const versions = clients.map(({ name, version }) => `${name} ${version}`).join(', ');
  const rows = measured.map(({ scenario, cells }) => [
    `[${scenario}](#${scenario})`,
    ...clients.map((client) => shortly(cells.get(client) ?? [])),
  ]);
  return [
    `Measured on ${date} with ${versions}, Node ${process.version.slice(1)}, over TLS on one machine.`,
    table(['Scenario', ...clients.map(({ name }) => name)], rows),
    '## In detail',
    ...measured.flatMap(inDetail),
  ].join('\n\n');
}

/** The page with another measured part. */
export function renew(page: string, part: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${FILE} has lost its markers`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${part}\n\n${page.slice(end)}`;
}

/** `11 sent, 1 failed; 1 in doubt` */
function shortly(rounds: Rounds): string {
  if (rounds.length === 0) return '–';
  const some = (of: keyof Tally, word: string): string[] => {
    const said = range(rounds, of);
    return said === '0' ? [] : [`${said} ${word}`];
  };
  const told = [`${range(rounds, 'sent')} sent`, ...some('failed', 'failed'), ...some('hung', 'without a word')];
  const truth = [
    ...some('doubtful', 'in doubt'),
    ...some('lost', '**lost**'),
    ...some('duplicated', '**duplicated**'),
    ...some('retried', 'tried again'),
    ...(rounds.some(({ broken }) => broken !== null) ? ['**process broken**'] : []),
    ...(rounds.some(({ recovery }) => recovery !== null && recovery.at === null) ? ['not over it'] : []),
  ];
  return [told.join(', '), ...(truth.length === 0 ? [] : [truth.join(', ')])].join('; ');
}

const HEAD = ['', 'Sent', 'Failed', 'No word', 'In doubt', 'Lost', 'Twice', 'Again', 'Connections', 'Afterwards'];

function inDetail({ scenario, cells }: Measured): string[] {
  const played = [...cells].filter(([, rounds]) => rounds.length > 0);
  const columns = ['sent', 'failed', 'hung', 'doubtful', 'lost', 'duplicated', 'retried'] as const;
  const rows = played.map(([{ name }, rounds]) => [
    name,
    ...columns.map((column) => range(rounds, column)),
    between(rounds.map(({ connections }) => connections)),
    [...new Set(rounds.map(({ recovery }) => sayRecovery(recovery)))].join(' or '),
  ]);
  const told = played.flatMap(([{ name }, rounds]) => {
    const texts = textsOf(rounds.flatMap(({ fates }) => fates));
    const broken = rounds.flatMap(({ broken }) => (broken === null ? [] : [`its process ended: ${code(broken)}`]));
    const said = [...texts.slice(0, MOST_TEXTS).map(({ text }) => code(text.replaceAll('`', "'"))), ...broken];
    const more = texts.length > MOST_TEXTS ? `, and ${texts.length - MOST_TEXTS} more` : '';
    return said.length === 0 ? [] : [`- ${name}: ${said.join(', ')}${more}`];
  });
  return [
    `### ${scenario}`,
    `Played: ${sayPlay(playOf(scenario))}.`,
    table(HEAD, rows),
    ...(told.length === 0 ? [] : [`What their users were told:\n\n${told.join('\n')}`]),
  ];
}

const MOST_TEXTS = 5;

function sayRecovery(recovery: Recovery | null): string {
  if (recovery === null) return '';
  const { at, anew } = recovery;
  if (at === null) return 'fails';
  const when = at === 1 ? 'passes' : `passes at push ${at}`;
  return anew ? `${when}, new connection` : when;
}

const range = (rounds: Rounds, of: keyof Tally): string => between(rounds.map(({ fates }) => tally(fates)[of]));

function between(numbers: readonly number[]): string {
  const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
  return least === most ? String(least) : `${least}–${most}`;
}
