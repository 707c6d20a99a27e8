/** docs/scenarios/README.md: every built-in scenario, drawn from its file. */
import { basename } from 'node:path';
import { explainExpectation, explainRule, explainScenario } from '../../server/core/scenario/explain.ts';
import type { Scenario } from '../../server/core/scenario/model.ts';
import { formatProblem, parseScenario } from '../../server/core/scenario/parse.ts';
import { findScenarios, readScenarioFile } from '../../server/shell/scenarios.ts';
import { code, table, wrap } from '../docs/markdown.ts';

const NOTE = '<!-- Drawn from scenarios/*.yaml. Do not edit: node --import tsx test/behaviour/generate.ts --write -->';

export function scenariosPage(): string {
  const scenarios = findScenarios('scenarios').map(read);
  return `${[
    NOTE,
    '# Built-in scenarios',
    wrap(
      'Files in `scenarios/`, each of them an example too: copy one, keep what you need, put it next to your tests. What can be written in a file is told in [Scenario files](../scenarios.md); what real client libraries do under each, in [Client behaviour](../client-behaviour.md).',
    ),
    'Any of them starts by its name, alone or with files of your own, from the command line, the environment or a test:',
    '```sh\nmock-apns serve --scenario goaway-graceful\nMOCK_APNS_SCENARIO=goaway-graceful mock-apns serve\nmock-apns exec --scenario goaway-graceful -- npm test\n```',
    "```ts\nconst apns = await startApns({ scenario: 'goaway-graceful' });\n```",
    wrap(
      '`mock-apns explain goaway-graceful` says the same as below. The rules of a scenario are asked in their order.',
    ),
    table(
      ['Scenario', 'In short'],
      scenarios.map(({ name, description }) => [`[${name}](#${name})`, firstSentence(description)]),
    ),
    ...scenarios.map(section),
  ].join('\n\n')}\n`;
}

function read(path: string): Scenario {
  const { name, text } = readScenarioFile(path);
  const parsed = parseScenario(name, text);
  if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'));
  if (parsed.scenario.name !== basename(path, '.yaml')) throw new Error(`${path} names itself otherwise`);
  return parsed.scenario;
}

function section(scenario: Scenario): string {
  const { name, description, rules, expect } = scenario;
  const facts = factsOf(scenario);
  return [
    `## ${name}`,
    wrap(description),
    ...(facts.length === 0 ? [] : [wrap(facts.join(' '))]),
    ...(rules.length === 0
      ? []
      : [
          rules
            .map((rule, index) => wrap(`${index + 1}. **${rule.name}**: ${plain(explainRule(rule))}`, '   '))
            .join('\n'),
        ]),
    ...(expect.length === 0
      ? []
      : [
          ['Afterwards:', '', ...expect.map((each) => wrap(`- ${each.name}: ${explainExpectation(each)}`, '  '))].join(
            '\n',
          ),
        ]),
    `File: [${code(`${name}.yaml`)}](../../scenarios/${name}.yaml)`,
  ].join('\n\n');
}

/** What a file says besides its rules: seed, clock, who is registered. */
const factsOf = (scenario: Scenario): readonly string[] =>
  explainScenario({ ...scenario, name: '', description: '', rules: [], expect: [] })
    .split('\n')
    .filter((line) => line !== '');

const firstSentence = (text: string): string => /^.*?[.?!](?= |$)/.exec(text)?.[0] ?? text;

/** A bundle id or token with a star in it is no emphasis, and a body of HTML is no HTML. */
const plain = (text: string): string => text.replace(/[*<>]/g, '\\$&');
