import { exchangeOf } from '../core/exchange.ts';
import { sentence } from '../core/explain.ts';
import type { Judgement } from '../core/scenario/expect.ts';
import type { Mock } from '../mock.ts';
import type { ConnectionKind } from '../protocol/model.ts';
import { NODE_PORTS } from '../shell/ports.ts';

/** `--strict`: what must not have happened, and whether what was expected did. */
export interface Strictness {
  /** One sentence each; empty when all is well. */
  readonly complaints: () => Promise<readonly string[]>;
  /** The same without expectations. */
  readonly faults: () => readonly string[];
}

/** Things on a connection that a provider in order does not cause. */
const UNEXPECTED: ReadonlySet<ConnectionKind> = new Set([
  'connection-refused',
  'protocol-error',
  'limit-tripped',
  'late-stream',
]);
/** How many of a kind are told in full. */
const TOLD = 5;

export function createStrictness(mock: Mock): Strictness {
  const invalid = new Tally('was refused by APNs itself', 'were refused by APNs itself');
  const unexpected = new Tally('connection event was unexpected', 'connection events were unexpected');
  mock.driver.subscribe((entry) => {
    if (entry.kind !== 'exchange') {
      if (UNEXPECTED.has(entry.kind)) unexpected.add(sentence(entry));
    } else if (entry.verdict.reason !== null) invalid.add(sentence(entry));
  });
  const faults = (): readonly string[] => [...invalid.told('request'), ...unexpected.told('')];
  return {
    faults,
    async complaints() {
      const judgements = await judgeScenario(mock);
      return [...faults(), ...judgements.filter(({ ok }) => !ok).map((judgement) => judgement.sentence)];
    },
  };
}

/** Whether what the scenario in force expects came true; empty when it expects nothing. */
export async function judgeScenario(mock: Mock): Promise<readonly Judgement[]> {
  const scenario = mock.driver.engine.scenario();
  if (scenario === null || scenario.expect.length === 0) return [];
  const { judgeExpectations } = await import('../core/scenario/expect.ts');
  return judgeExpectations(scenario, exchangesOf(mock), mock.clock.now());
}

class Tally {
  private count = 0;
  private readonly first: string[] = [];
  private readonly one: string;
  private readonly many: string;

  constructor(one: string, many: string) {
    this.one = one;
    this.many = many;
  }

  add(what: string): void {
    this.count++;
    if (this.first.length < TOLD) this.first.push(what);
  }

  told(noun: string): readonly string[] {
    if (this.count === 0) return [];
    const things = noun === '' ? '' : ` ${noun}${this.count === 1 ? '' : 's'}`;
    return [
      `${this.count}${things} ${this.count === 1 ? this.one : this.many}`,
      ...this.first.map((each) => `  ${each}`),
    ];
  }
}

function exchangesOf({ driver }: Mock) {
  const { journal } = driver.engine;
  const { first, last } = journal.range();
  const exchanges = [];
  for (let seq = first; seq <= last; seq++) {
    const entry = journal.get(seq);
    if (entry?.kind === 'exchange') exchanges.push(exchangeOf(entry, NODE_PORTS));
  }
  return exchanges;
}
