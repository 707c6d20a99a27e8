import { route } from '../protocol/endpoints.ts';
import type { HeaderList, Response, RuleHit, Verdict } from '../protocol/model.ts';
import type { Entry, ExchangeEntry } from './entries.ts';
import { type Alike, type Outcome, PATH, type Page, TAIL } from './journal-page.ts';
import { endOfText, textAt } from './journal-text.ts';
import type { Ports } from './ports.ts';
import type { Session } from './sessions.ts';
import type { Step } from './steps.ts';

/** Reads an entry of a page; `undefined`: there is none. */
export function read(page: Page, slot: number, latin1: Ports['latin1']): Entry | undefined {
  const alike = page.alikes[(page.alike[slot] as number) - 1];
  return alike === undefined ? page.whole.get(slot) : new Packed(page, slot, alike, latin1);
}

/** A packed exchange; text is made of its bytes when it is asked for. */
class Packed implements ExchangeEntry {
  readonly kind = 'exchange';
  private readonly page: Page;
  private readonly slot: number;
  private readonly alike: Alike;
  private readonly outcome: Outcome | undefined;
  private readonly latin1: Ports['latin1'];
  private text: { readonly path: string; readonly headers: HeaderList; readonly answer: HeaderList } | undefined;
  private aim: string | undefined;

  constructor(page: Page, slot: number, alike: Alike, latin1: Ports['latin1']) {
    this.page = page;
    this.slot = slot;
    this.alike = alike;
    this.outcome = page.outcomes.size === 0 ? undefined : page.outcomes.get(slot);
    this.latin1 = latin1;
  }

  get seq(): number {
    return this.page.first + this.slot;
  }
  get at(): number {
    return this.page.at[this.slot] as number;
  }
  get stream(): number {
    return this.page.stream[this.slot] as number;
  }
  get size(): number {
    return this.page.size[this.slot] as number;
  }
  get kept(): number {
    return this.page.kept[this.slot] as number;
  }
  get block(): Uint8Array {
    return this.page.blocks[this.page.block[this.slot] as number] as Uint8Array;
  }
  get offset(): number {
    return this.page.offset[this.slot] as number;
  }
  get topic(): string {
    return this.page.topics[(this.page.topic[this.slot] as number) - 1] as string;
  }
  get session(): Session {
    return this.alike.session;
  }
  get operation(): ExchangeEntry['operation'] {
    return this.alike.operation;
  }
  get environment(): ExchangeEntry['environment'] {
    return this.alike.environment;
  }
  get keyId(): string | null {
    return this.alike.keyId;
  }
  get teamId(): string | null {
    return this.alike.teamId;
  }
  get method(): string {
    return this.alike.method;
  }
  get authority(): string {
    return this.alike.authority;
  }
  get order(): ExchangeEntry['order'] {
    return this.alike.order;
  }
  get verdict(): Verdict {
    return (this.outcome ?? this.alike).verdict;
  }
  get rule(): RuleHit | null {
    return this.outcome?.rule ?? null;
  }
  get steps(): readonly Step[] | null {
    return this.outcome?.steps ?? null;
  }
  get carriedOut(): boolean {
    return this.outcome?.carriedOut ?? true;
  }
  get status(): number | null {
    return this.outcome === undefined ? this.alike.verdict.status : (this.outcome.response?.status ?? null);
  }
  get response(): Response | null {
    if (this.outcome !== undefined) return this.outcome.response;
    return { status: this.alike.verdict.status, headers: this.texts().answer, body: '' };
  }
  get path(): string {
    return this.texts().path;
  }
  get headers(): HeaderList {
    return this.texts().headers;
  }
  get target(): string {
    this.aim ??= route(this.method, this.path).target;
    return this.aim;
  }

  private texts(): NonNullable<Packed['text']> {
    if (this.text !== undefined) return this.text;
    const { block, latin1, alike } = this;
    let at = this.offset + this.kept;
    let { path } = alike;
    const list = (usual: HeaderList): HeaderList => {
      let own: string[] | undefined;
      for (let place = block[at] as number; place > 0; place = block[at] as number) {
        const text = textAt(block, at + 1, latin1);
        at = endOfText(block, at + 1);
        if (place === PATH) path = text;
        else if (place === TAIL) path = alike.stem + text;
        else {
          own ??= [...usual];
          own[place] = text;
        }
      }
      at++;
      return own ?? usual;
    };
    const headers = list(alike.headers);
    const answer = list(alike.answer);
    this.text = { path, headers, answer };
    return this.text;
  }
}
