import * as v from 'valibot';
import type { Exchange } from '../../../core/exchange.ts';
import { nearest } from '../../../core/near.ts';
import { ADDED_MAX } from '../../../core/scenario/choose.ts';
import { type Judgement, judging } from '../../../core/scenario/expect.ts';
import { explainRule } from '../../../core/scenario/explain.ts';
import type { Expectation, Rule } from '../../../core/scenario/model.ts';
import { parseScenario } from '../../../core/scenario/parse.ts';
import { RULE, SCENARIO } from '../../../core/scenario/schema.ts';
import type { Work } from '../../../core/work.ts';
import type { ScenarioSource } from '../../../shell/scenario-host.ts';
import { builtInFolder, builtInNames, findScenarios, readScenarioFile } from '../../../shell/scenarios.ts';
import type { ControlHouse } from '../house.ts';
import { Refusal } from '../problem.ts';
import { type Ask, ok, problem, route, textBody } from '../route.ts';
import { refuseScenario } from '../scenario-text.ts';
import { closed, may, must, needs, RULE_ADDED, RULE_VIEW, SCENARIO_PUT, SCENARIO_VIEW } from '../schemas.ts';

const BUILT_IN = closed('a choice', { builtin: needs(v.string(), 'Name of a built-in scenario.', 'shutdown') });
const NAMES = v.object({
  scenarios: v.array(v.object({ name: v.string(), description: v.string(), loaded: v.boolean() })),
});

export const SCENARIO_ROUTES = [
  route({
    method: 'GET',
    path: '/api/v1/scenario',
    id: 'readScenario',
    tag: 'scenario',
    says: 'The scenario in force: text, sentences, states, and how its expectations stand.',
    answers: { 200: ok('The scenario; `loaded` is false where there is none.', SCENARIO_VIEW) },
    handle: async (ask) => ({ json: await viewOf(ask) }),
  }),
  route({
    method: 'PUT',
    path: '/api/v1/scenario',
    id: 'putScenario',
    tag: 'scenario',
    says: 'Puts a scenario in place of the one in force: its text in YAML or JSON, or `{"builtin": "name"}`.',
    more: 'Rules that were put on top of the one before go with it; `droppedRules` says how many.',
    body: textBody(v.union([SCENARIO, BUILT_IN])),
    answers: {
      200: ok('The scenario now in force.', SCENARIO_PUT),
      404: problem('There is no built-in scenario of that name.'),
      422: problem('It has mistakes; each is told with its place, and nothing has changed.'),
    },
    async handle({ body, ...ask }) {
      const loaded = await ask.house.scenario.load(sourceOf(body));
      if (!loaded.ok) refuseScenario(loaded.problems, 'scenario');
      return { json: { ...(await viewOf(ask)), droppedRules: loaded.droppedRules } };
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/scenario',
    id: 'deleteScenario',
    tag: 'scenario',
    says: 'Unloads the scenario, and the rules that were put on top of it; `droppedRules` says how many.',
    answers: { 200: ok('What is in force now: none.', SCENARIO_PUT) },
    async handle(ask) {
      const droppedRules = ask.house.scenario.unload();
      return { json: { ...(await viewOf(ask)), droppedRules } };
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/scenarios',
    id: 'listScenarios',
    tag: 'scenario',
    says: 'The scenarios that come with the server; any can be put in force by its name.',
    answers: { 200: ok('In alphabetical order.', NAMES) },
    handle({ house }) {
      const current = house.driver.engine.scenario();
      return { json: { scenarios: builtIns().map((each) => ({ ...each, loaded: current?.name === each.name })) } };
    },
  }),

  route({
    method: 'GET',
    path: '/api/v1/rules',
    id: 'listRules',
    tag: 'scenario',
    says: 'The rules in force, in the order in which they are asked, with how often each acted.',
    query: { unused: may(v.boolean(must('1 or 0')), 'Only those that have never acted.', true) },
    answers: {
      200: ok('The rules.', v.object({ rules: v.array(RULE_VIEW) })),
      400: problem('The query is not right.'),
    },
    handle({ query, house }) {
      const rules = rulesOf(house).filter(({ hits }) => query.unused !== true || hits === 0);
      return { json: { rules } };
    },
  }),
  route({
    method: 'POST',
    path: '/api/v1/rules',
    id: 'addRule',
    tag: 'scenario',
    says: 'Puts one rule on top of all others, as it would stand in a scenario file. With `times: 1` it acts once.',
    more: `The last ${ADDED_MAX} are kept; those that have done all they can make room first.`,
    body: textBody(RULE),
    answers: {
      201: ok('The rule.', RULE_ADDED),
      422: problem('It has mistakes; each is told, and nothing has changed.'),
    },
    async handle({ body, house }) {
      const added = await house.scenario.addRule({ file: 'rule', text: body });
      if (!added.ok) return refuseScenario(added.problems, 'rule');
      const { id } = added.rule;
      const view = rulesOf(house).find((rule) => rule.id === id);
      return {
        status: 201,
        json: { ...view, droppedRules: added.droppedRules },
        headers: { location: `/api/v1/rules/${id}` },
      };
    },
  }),
  route({
    method: 'DELETE',
    path: '/api/v1/rules/{id}',
    id: 'removeRule',
    tag: 'scenario',
    says: 'Takes a rule away.',
    params: { id: needs(v.string(), 'Its id.', 'a1') },
    answers: { 204: { says: 'It is gone.', shape: null }, 404: problem('There is no such rule.') },
    handle({ path, house }) {
      if (house.scenario.removeRule(path.id)) return { status: 204, json: null };
      const ids = rulesOf(house).map(({ id }) => id);
      throw new Refusal(
        404,
        `There is no rule ${path.id}: ${ids.length === 0 ? 'there is none at all' : `there are ${ids.slice(0, 20).join(', ')}`}`,
      );
    },
  }),
];

/** @throws Refusal for a built-in scenario that is none */
function sourceOf(text: string): ScenarioSource {
  const name = builtInNamed(text);
  if (name === null) return { file: 'scenario', text };
  const names = builtInNames();
  if (!names.includes(name)) {
    const near = nearest(name, names);
    throw new Refusal(
      404,
      `There is no built-in scenario ${JSON.stringify(name.slice(0, 60))}; ${near === null ? `there are ${names.join(', ')}` : `did you mean ${near}?`}`,
    );
  }
  const [path] = findScenarios(name, builtInFolder());
  const { text: found } = readScenarioFile(path as string);
  return { file: name, text: found };
}

/** A short text with that one key is no scenario. */
function builtInNamed(text: string): string | null {
  const [, name] = /^\s*\{?\s*["']?builtin["']?\s*:\s*["']?([\w-]{1,100})["']?\s*\}?\s*$/.exec(text) ?? [];
  return name ?? null;
}

let known: readonly { readonly name: string; readonly description: string }[] | undefined;

/** Read once: they do not change while the server runs. */
function builtIns() {
  known ??= builtInNames().map((name) => {
    const [path] = findScenarios(name, builtInFolder());
    const parsed = parseScenario(name, readScenarioFile(path as string).text);
    return { name, description: parsed.ok ? parsed.scenario.description : '' };
  });
  return known;
}

type Looking = Pick<Ask<unknown, unknown, unknown>, 'house' | 'desk' | 'inSlices'>;
type View = v.InferInput<typeof SCENARIO_VIEW>;

async function viewOf({ house, desk, inSlices }: Looking): Promise<View> {
  const { engine } = house.driver;
  const loaded = engine.scenario();
  const sources = house.scenario.current();
  const rules = engine.rules();
  const expectations = loaded === null || loaded.expect.length === 0 ? [] : await inSlices(judgedAll(loaded.expect));
  return {
    loaded: loaded !== null,
    name: loaded?.name ?? '',
    description: loaded?.description ?? '',
    seed: loaded?.seed ?? null,
    sources: [...sources],
    text: sources.length === 1 ? (sources[0]?.text ?? null) : null,
    sentences: (rules?.rules() ?? []).map(explainRule),
    states: { ...rules?.states() },
    expectations,
  };

  function* judgedAll(expect: readonly Expectation[]): Work<View['expectations']> {
    const exchanges: Exchange[] = [];
    for (const entry of desk.oldest()) {
      if (entry.kind === 'exchange') exchanges.push(desk.plain(entry));
      yield;
    }
    const judgements: Judgement[] = [];
    for (const expectation of expect) judgements.push(yield* judging(expectation, exchanges, house.clock.now()));
    return JSON.parse(JSON.stringify(judgements)) as View['expectations'];
  }
}

export function rulesOf({ driver }: Pick<ControlHouse, 'driver'>): v.InferInput<typeof RULE_VIEW>[] {
  const rules = driver.engine.rules();
  if (rules === null) return [];
  const counts = new Map(rules.hits().map((hit) => [hit.id, hit]));
  return rules.rules().map((rule: Rule) => {
    const { taken = 0, fitted = 0, forgotten = 0 } = counts.get(rule.id) ?? {};
    return { id: rule.id, name: rule.name, on: rule.on, sentence: explainRule(rule), hits: taken, fitted, forgotten };
  });
}
