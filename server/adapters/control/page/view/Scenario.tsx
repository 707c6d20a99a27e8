import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { loadBuiltIn, putScenario, readBuiltIns, readScenario, removeRule, unloadScenario } from '../api/calls.ts';
import type { BuiltIn, RuleView, ScenarioView } from '../api/types.ts';
import { link } from '../state/journal.ts';
import { live, useLive } from '../state/live.ts';
import { go } from '../state/route.ts';
import { termOf } from '../state/terms.ts';
import { attempt, toast } from '../state/toast.ts';
import { faultsOf } from '../text/fault.ts';
import { capital, count, plural } from '../text/format.ts';
import { Icon } from './Icon.tsx';
import { Page } from './Page.tsx';

const scenario = live(readScenario);
const builtIns = live(readBuiltIns);

export function Scenario() {
  useLive(scenario);
  // They do not change; but a server that was not there may be, by now.
  useEffect(() => {
    if (builtIns.value.peek() === null) void builtIns.refresh();
  }, [link.value]);
  const view = scenario.value.value;
  const rules = view?.rules ?? [];
  // A server that is gone is gone for both, and that is said once.
  const problems = new Set([scenario.problem.value, builtIns.problem.value].filter((text) => text !== ''));
  const unused = rules.filter(({ hits }) => hits === 0).length;
  return (
    <Page
      title="Scenario"
      says={
        view === null
          ? scenario.problem.value === '' && 'Asking the server …'
          : !view.loaded && rules.length === 0
            ? 'None is loaded: every answer is what APNs would say.'
            : view.description || `${plural(rules.length, 'rule')}, ${unused} not used yet.`
      }
      tools={
        view === null || (!view.loaded && rules.length === 0) ? null : (
          <button
            type="button"
            class="button"
            onClick={() => void attempt(unloadScenario, 'Unloaded.').then(() => scenario.refresh())}
          >
            Unload
          </button>
        )
      }
    >
      {[...problems].map((problem) => (
        <p class="notice bad" key={problem}>
          {problem}
        </p>
      ))}
      {view?.loaded === true ? (
        <p class="scenario-name">
          <Icon name="scenario" /> <b>{view.name || 'without a name'}</b>
          <span class="muted">
            {plural(rules.length, 'rule')}
            {unused === 0 ? '' : `, ${unused} not used yet`}
          </span>
        </p>
      ) : null}
      {rules.length === 0 ? null : <Rules rules={rules} />}
      {view === null || view.states.length === 0 ? null : <States states={view.states} />}
      {view === null || view.expectations.length === 0 ? null : <Expectations list={view.expectations} />}
      <Editor text={view?.text ?? null} />
      {builtIns.value.value === null ? null : (
        <BuiltIns list={builtIns.value.value} current={view?.loaded === true ? view.name : null} />
      )}
    </Page>
  );
}

function Rules({ rules }: { rules: readonly RuleView[] }) {
  return (
    <ol class="rules">
      {rules.map(({ id, name, sentence, hits }) => (
        <li key={id} data-used={hits > 0}>
          <span class="hits">
            <b>{count(hits)}</b>
            <span>{hits === 1 ? 'hit' : 'hits'}</span>
          </span>
          <span class="rule-text">
            <b>{name}</b>
            <span>{sentence}</span>
          </span>
          <span class="rule-tools">
            {hits === 0 ? null : (
              <button
                type="button"
                class="ghost"
                title="Its exchanges"
                aria-label={`Exchanges of ${name}`}
                onClick={() => go({ view: 'exchanges', seq: null, query: termOf('rule', id) })}
              >
                <Icon name="exchanges" size={16} />
              </button>
            )}
            <button
              type="button"
              class="ghost"
              title="Remove"
              aria-label={`Remove ${name}`}
              onClick={() => void attempt(() => removeRule(id), 'Rule removed.').then(() => scenario.refresh())}
            >
              <Icon name="trash" size={16} />
            </button>
          </span>
        </li>
      ))}
    </ol>
  );
}

function States({ states }: { states: ScenarioView['states'] }) {
  return (
    <>
      <h2 class="part">States</h2>
      <dl class="claims">
        {states.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

/** What the scenario wants of the journal, and whether it is so by now. */
function Expectations({ list }: { list: ScenarioView['expectations'] }) {
  return (
    <>
      <h2 class="part">Expectations</h2>
      <ul class="rules">
        {list.map(({ name, ok, says }, index) => (
          <li key={index}>
            <b class="badge" data-tone={ok ? 'ok' : 'bad'}>
              {ok ? 'met' : 'unmet'}
            </b>
            <span class="rule-text">
              {name === '' ? null : <b>{name}</b>}
              <span>{capital(says)}</span>
            </span>
          </li>
        ))}
      </ul>
    </>
  );
}

function BuiltIns({ list, current }: { list: readonly BuiltIn[]; current: string | null }) {
  return (
    <>
      <h2 class="part">Built-in scenarios</h2>
      {list.length === 0 ? <p class="muted">There are none in this installation.</p> : null}
      <ul class="built-ins">
        {list.map(({ name, description }) => (
          <li key={name}>
            <button
              type="button"
              aria-pressed={name === current}
              onClick={() => void attempt(() => loadBuiltIn(name), `Loaded ${name}.`).then(() => scenario.refresh())}
            >
              <b>{name}</b>
              <span>{description}</span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

const SAMPLE = `version: 1
name: my scenario
rules:
  - name: throttled twice, then fine
    when: { operation: device.send }
    times: 2
    then: { reason: TooManyRequests, retryAfter: 5 }
`;

/** A scenario typed here; a bad one changes nothing and says where it is wrong. */
function Editor({ text }: { text: string | null }) {
  const typed = useSignal<string | null>(null);
  const problems = useSignal<readonly string[]>([]);
  const value = typed.value ?? text ?? SAMPLE;
  const load = async (): Promise<void> => {
    problems.value = [];
    try {
      await putScenario(value);
      toast('Loaded.');
      typed.value = null;
    } catch (error) {
      problems.value = faultsOf(error);
    }
    await scenario.refresh();
  };
  return (
    <details class="options editor">
      <summary>{text === null ? 'Write one' : 'Look at its text, or change it'}</summary>
      <textarea
        aria-label="Scenario in YAML or JSON"
        spellcheck={false}
        rows={14}
        value={value}
        onInput={(event) => {
          typed.value = event.currentTarget.value;
        }}
      />
      {problems.value.length === 0 ? null : (
        <div class="problems" role="alert">
          <p>Nothing has changed:</p>
          <ul>
            {problems.value.map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        </div>
      )}
      <button type="button" class="button primary" onClick={() => void load()}>
        Load
      </button>
    </details>
  );
}
